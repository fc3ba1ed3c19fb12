/** GET /api/v1/events: the events behind a figure. */
import { type Static, Type } from 'typebox';
import { usdOfMicros } from '../../domain/roi.ts';
import { type EventListRow, eventList } from '../../query/event-list.ts';
import { ask } from '../../query/statement.ts';
import { requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { answers, FeatureId, InstantOrDay, instant, MetricName, nullable, TenantId, TimeZone, Usd } from '../schemas.ts';
import { instantOf, refuse, zoneOf } from '../when.ts';

const DAY_MS = 86_400_000;
/** FINAL over raw events is for looking closely, not for a year. */
const LONGEST_MS = 31 * DAY_MS;

const querystring = Type.Object(
  {
    metric: MetricName,
    feature: Type.Optional(FeatureId),
    tenant: Type.Optional(TenantId),
    from: Type.Optional(InstantOrDay),
    to: Type.Optional(InstantOrDay),
    timeZone: Type.Optional(TimeZone),
    order: Type.Enum(['newest', 'highest', 'lowest'], { default: 'newest' }),
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
  },
  { additionalProperties: false },
);

const Listed = Type.Object({
  eventId: Type.String(),
  tenant: Type.String(),
  feature: Type.String(),
  kind: Type.String(),
  occurredAt: instant(),
  userId: nullable(Type.String()),
  entityId: nullable(Type.String()),
  variant: nullable(Type.String()),
  value: Type.Number({ description: 'Of the metric that was asked for' }),
  valueUsd: Usd,
});
const Answer = Type.Object({ from: instant(), to: instant(), events: Type.Array(Listed) });
export type EventsAnswer = Static<typeof Answer>;

const orNull = (text: string): string | null => (text === '' ? null : text);

const listed = ({ occurredAt, valueUsdMicros, userId, entityId, variant, ...row }: EventListRow): Static<typeof Listed> => ({
  ...row,
  occurredAt: new Date(occurredAt).toISOString(),
  userId: orNull(userId),
  entityId: orNull(entityId),
  variant: orNull(variant),
  valueUsd: usdOfMicros(valueUsdMicros),
});

export function addEventList(app: App, { clickhouse, config, now }: ApiDeps): void {
  const description =
    'The last 24 hours unless said otherwise, 31 days at most; retracted events are left out. /api/v1/events/{id} tells more about one.';
  const schema = { tags: ['events'], summary: 'The events behind a figure', description, querystring, response: answers(Answer) };
  app.get('/api/v1/events', { schema }, async (request) => {
    const { metric, feature, tenant, order, limit, timeZone } = request.query;
    const zone = zoneOf(timeZone, config);
    const to = request.query.to === undefined ? now() : instantOf(request.query.to, zone, 'to');
    const from = request.query.from === undefined ? to - DAY_MS : instantOf(request.query.from, zone, 'from');
    if (from >= to || to - from > LONGEST_MS)
      refuse('the range is empty or too long', {
        field: 'from',
        value: new Date(from).toISOString(),
        expected: `from ${new Date(to - LONGEST_MS).toISOString()} until before ${new Date(to).toISOString()}`,
      });
    const rows = await ask(clickhouse, eventList(requestScope(request, tenant), { metric, feature, from, to, order, limit }));
    return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), events: rows.map(listed) };
  });
}
