/** GET /api/v1/performance: latencies, errors and uptime of the last day against their targets. */
import { type Static, Type } from 'typebox';
import { actualsOf, judged, measuredBy, performanceMetrics, performanceOf } from '../domain/performance.ts';
import { targetsOf, targetsOfDay } from '../domain/report/targets.ts';
import { dayAt } from '../domain/zone.ts';
import { performanceRows, upRows } from '../query/performance.ts';
import { listRules } from '../query/rules.ts';
import { ask } from '../query/statement.ts';
import { readTargets } from '../query/targets.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, instant, nullable, TenantId } from './schemas.ts';

const HOUR_MS = 3_600_000;
const SPAN_MS = 24 * HOUR_MS;

const line = nullable(Type.Number());
const Measure = Type.Object({
  metric: Type.Enum(performanceMetrics),
  title: Type.String(),
  unit: Type.String(),
  better: Type.Enum(['higher', 'lower'] as const),
  measuredBy: Type.String({ description: 'The stored metric; /api/v1/series and /api/v1/events tell more of it' }),
  target: Type.Number(),
  warning: line,
  critical: line,
  value: nullable(Type.Number({ description: 'Of the last hour that held any, mostly the present one; uptime: of the whole day' })),
  state: Type.Enum(['met', 'within', 'warning', 'critical', 'unknown'] as const, {
    description: 'within: missed, but not by so much that anybody is alerted',
  }),
  points: Type.Array(Type.Object({ at: instant('Begin of the hour'), value: nullable(Type.Number()) })),
});
const Answer = Type.Object({ from: instant(), to: instant(), measures: Type.Array(Measure) });
export type PerformanceAnswer = Static<typeof Answer>;

const querystring = Type.Object({ tenant: Type.Optional(TenantId) }, { additionalProperties: false });

export function addPerformanceRoutes(app: App, { clickhouse, postgres, config, now }: ApiDeps): void {
  const schema = {
    tags: ['impact'],
    summary: 'Latencies, errors and uptime of the last day against their targets',
    description: `Means of an hour; the span ends with the present one. A minute is up when fewer than half of its requests failed; uptime is the share of minutes with requests that were.
Targets are those in force today for the tenant, with the limits at which alerts are raised.`,
    querystring,
    response: answers(Answer),
  };
  app.get('/api/v1/performance', { schema }, async (request) => {
    const scope = requestScope(request, request.query.tenant);
    const to = Math.ceil(now() / HOUR_MS) * HOUR_MS;
    const span = { from: to - SPAN_MS, to };
    const [sums, ups, book, stored] = await Promise.all([
      ask(clickhouse, performanceRows(scope, span)),
      ask(clickhouse, upRows(scope, span)),
      readTargets(postgres, scope, config),
      listRules(postgres),
    ]);
    const figures = performanceOf({ sums, ups }, span);
    const rules = stored.map(({ rule }) => rule);
    const targets = targetsOf(targetsOfDay(book, dayAt(config.timeZone, now())), rules, actualsOf(figures));
    const iso = (ms: number): string => new Date(ms).toISOString();
    return {
      from: iso(span.from),
      to: iso(span.to),
      measures: judged(figures, targets).map(({ points, ...one }) => ({
        ...one,
        measuredBy: measuredBy(one.metric),
        points: points.map(({ at, value }) => ({ at: iso(at), value })),
      })),
    };
  });
}
