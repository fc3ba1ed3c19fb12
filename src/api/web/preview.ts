/** POST /api/v1/rules/preview: when a rule would have told something, before it is written. */
import { type Static, Type } from 'typebox';
import type { Transition } from '../../domain/alert.ts';
import { backtestRules } from '../../query/backtest.ts';
import { requestScope } from '../auth.ts';
import type { ApiDeps, App } from '../deps.ts';
import { Document, requireOwn, ruleOf } from '../rule-answer.ts';
import { answers, instant, nullable } from '../schemas.ts';

const DAY_MS = 86_400_000;

const Told = Type.Object({
  at: instant('End of the window that told it'),
  transition: Type.String(),
  severity: Type.String(),
  tenant: nullable(Type.String()),
  feature: nullable(Type.String()),
  value: nullable(Type.Number()),
  threshold: Type.Number(),
  n: Type.Integer(),
});
const Preview = Type.Object({
  from: instant(),
  to: instant(),
  tested: Type.Boolean({
    description: 'False: stored minutes cannot answer this rule, for its window is shorter than a minute or it watches a signal',
  }),
  alerts: Type.Integer({ description: 'That would have opened' }),
  transitions: Type.Array(Told, { description: 'Oldest first, 500 at most' }),
});
export type PreviewAnswer = Static<typeof Preview>;

const MOST = 500;
const told = ({ windowEnd, transition, severity, tenantId, featureId, value, threshold, n }: Transition): Static<typeof Told> => ({
  at: new Date(windowEnd).toISOString(),
  transition,
  severity,
  tenant: tenantId,
  feature: featureId,
  value,
  threshold,
  n,
});

export function addRulePreview(app: App, { clickhouse, config, now }: ApiDeps): void {
  const days = Type.Integer({ minimum: 1, maximum: 30, default: 30 });
  const schema = {
    tags: ['alerts'],
    summary: 'When a rule would have told something in the last 30 days',
    description: 'The same windows and the same state machine as live, over the stored minutes. Nothing is stored and nothing is sent.',
    body: Document,
    querystring: Type.Object({ days }, { additionalProperties: false }),
    response: answers(Preview),
  };
  app.post('/api/v1/rules/preview', { config: { role: 'operator' }, schema }, async (request) => {
    const rule = { ...ruleOf(request.body, config), enabled: true };
    const scope = requestScope(request);
    requireOwn(scope, rule);
    const to = now();
    const from = to - request.query.days * DAY_MS;
    const feature = rule.feature ?? undefined;
    const narrowed = rule.tenant === null ? scope : requestScope(request, rule.tenant);
    const { transitions, skipped } = await backtestRules(clickhouse, narrowed, [rule], { from, to, feature }, config);
    return {
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      tested: skipped.length === 0,
      alerts: transitions.filter(({ transition }) => transition === 'opened').length,
      transitions: transitions.slice(0, MOST).map(told),
    };
  });
}
