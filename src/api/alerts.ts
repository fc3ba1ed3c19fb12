/** GET /api/v1/alerts and /api/v1/alerts/{id}. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { severities } from '../domain/rule.ts';
import { type AlertCursor, type AlertRow, alertRows, alertTransitions } from '../query/alerts.ts';
import { type Acknowledgement, acknowledgements } from '../query/notify/alert-rows.ts';
import { ask } from '../query/statement.ts';
import { requestScope } from './auth.ts';
import { cursorText, positionOf } from './cursor.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, FeatureId, InstantOrDay, instant, nullable, TenantId, TimeZone } from './schemas.ts';
import { instantOf, zoneOf } from './when.ts';

const states = ['firing', 'resolved'] as const;

const querystring = Type.Object(
  {
    state: Type.Optional(Type.Enum([...states])),
    severity: Type.Optional(Type.Enum([...severities])),
    rule: Type.Optional(Type.String({ maxLength: 64 })),
    tenant: Type.Optional(TenantId),
    feature: Type.Optional(FeatureId),
    from: Type.Optional(InstantOrDay),
    to: Type.Optional(InstantOrDay),
    timeZone: Type.Optional(TimeZone),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the page before' })),
  },
  { additionalProperties: false },
);
type Query = Static<typeof querystring>;

const Text = nullable(Type.String());
const moment = {
  severity: Type.String(),
  previousSeverity: Text,
  state: Type.String(),
  transition: Type.String(),
  reason: Text,
  value: nullable(Type.Number()),
  previousValue: nullable(Type.Number()),
  threshold: Type.Number(),
  windowStart: instant(),
  windowEnd: instant(),
  n: Type.Integer({ description: 'Observations in the window' }),
};
const Alert = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  ruleVersion: Type.Integer(),
  title: Type.String(),
  scope: Type.String(),
  tenant: Text,
  feature: Text,
  metric: Type.String(),
  statistic: Type.String(),
  comparison: Type.String(),
  openedAt: instant(),
  resolvedAt: nullable(instant()),
  acknowledgedAt: nullable(instant()),
  acknowledgedBy: Text,
  runbook: Type.String(),
  ...moment,
});
const Transition = Type.Object({ transitionId: Type.String(), ordinal: Type.Integer(), ruleVersion: Type.Integer(), ...moment });
const Page = Type.Object({ alerts: Type.Array(Alert), nextCursor: Text });
const History = Type.Object({ ...Alert.properties, transitions: Type.Array(Transition, { description: 'Youngest first' }) });
export type AlertsAnswer = Static<typeof Page>;
export type AlertAnswer = Static<typeof History>;

const iso = (ms: number): string => new Date(ms).toISOString();
const orNull = (text: string): string | null => (text === '' ? null : text);

function momentText(row: AlertRow): Omit<Static<typeof Transition>, 'transitionId' | 'ordinal' | 'ruleVersion'> {
  const { severity, state, transition, value, previousValue, threshold, n } = row;
  const times = { windowStart: iso(row.windowStart), windowEnd: iso(row.windowEnd) };
  return {
    severity,
    previousSeverity: orNull(row.previousSeverity),
    state,
    transition,
    reason: orNull(row.reason),
    value,
    previousValue,
    threshold,
    ...times,
    n,
  };
}

type Acknowledged = ReadonlyMap<string, Acknowledgement>;

function alertText(row: AlertRow, acknowledged: Acknowledged): Static<typeof Alert> {
  const { rule, ruleVersion, title, scope, metric, statistic, comparison, runbook } = row;
  return {
    id: row.alertId,
    rule,
    ruleVersion,
    title,
    scope,
    tenant: orNull(row.tenant),
    feature: orNull(row.feature),
    metric,
    statistic,
    comparison,
    openedAt: iso(row.openedAt),
    resolvedAt: row.state === 'resolved' ? iso(row.windowEnd) : null,
    acknowledgedAt: acknowledged.get(row.alertId)?.acknowledgedAt.toISOString() ?? null,
    acknowledgedBy: acknowledged.get(row.alertId)?.acknowledgedBy ?? null,
    runbook,
    ...momentText(row),
  };
}

const transitionText = (row: AlertRow): Static<typeof Transition> => ({
  transitionId: row.transitionId,
  ordinal: row.ordinal,
  ruleVersion: row.ruleVersion,
  ...momentText(row),
});

const isCursor = ({ openedAt, alertId }: Partial<Record<keyof AlertCursor, unknown>>): boolean =>
  Number.isSafeInteger(openedAt) && Math.abs(openedAt as number) < Date.UTC(2100, 0, 1) && typeof alertId === 'string';

function statementOf(scope: ReturnType<typeof requestScope>, query: Query, zone: string) {
  const { state, severity, rule, feature, from, to, cursor, limit } = query;
  const openedFrom = from === undefined ? undefined : instantOf(from, zone, 'from');
  const openedTo = to === undefined ? undefined : instantOf(to, zone, 'to');
  // One more than asked for tells whether there is a next page.
  return alertRows(scope, { state, severity, rule, feature, openedFrom, openedTo }, positionOf<AlertCursor>(cursor, isCursor), limit + 1);
}

export function addAlertRoutes(app: App, { clickhouse, postgres, config }: ApiDeps): void {
  const tags = ['alerts'];

  app.get(
    '/api/v1/alerts',
    {
      schema: {
        tags,
        summary: 'Alerts, youngest first',
        description: 'from and to are about when an alert opened.',
        querystring,
        response: answers(Page),
      },
    },
    async (request) => {
      const scope = requestScope(request, request.query.tenant);
      const rows = await ask(clickhouse, statementOf(scope, request.query, zoneOf(request.query.timeZone, config)));
      const page = rows.slice(0, request.query.limit);
      const last = rows.length > page.length ? page.at(-1) : undefined;
      const acknowledged = await acknowledgements(
        postgres,
        page.map(({ alertId }) => alertId),
      );
      return {
        alerts: page.map((row) => alertText(row, acknowledged)),
        nextCursor: last === undefined ? null : cursorText({ openedAt: last.openedAt, alertId: last.alertId }),
      };
    },
  );

  const params = Type.Object({ id: Type.String({ maxLength: 512 }) });
  app.get(
    '/api/v1/alerts/:id',
    { schema: { tags, summary: 'One alert with all its transitions', params, response: answers(History) } },
    async (request) => {
      const rows = await ask(clickhouse, alertTransitions(requestScope(request), request.params.id));
      const [newest] = rows;
      if (newest === undefined) throw new ImpactError('not_found', `there is no alert ${request.params.id}`);
      const acknowledged = await acknowledgements(postgres, [newest.alertId]);
      return { ...alertText(newest, acknowledged), transitions: rows.map(transitionText) };
    },
  );
}
