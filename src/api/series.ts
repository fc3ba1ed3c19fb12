/** GET /api/v1/series: one metric over time. */
import { type Static, Type } from 'typebox';
import { type Aggregate, aggregates, type Fill, fillGaps, fills, isAggregate, unitOf } from '../domain/series.ts';
import { finestStep, type Step, stepEdges, stepMs } from '../domain/step.ts';
import { coarsestTier } from '../domain/tier.ts';
import { dimensions, type SeriesRow } from '../query/series.ts';
import { createSeriesAnswers, type SeriesAnswers } from '../query/series-kept.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, FeatureId, InstantOrDay, instant, MetricName, nullable, StepName, TenantId, TimeZone } from './schemas.ts';
import { instantOf, refuse, requireKept, zoneOf } from './when.ts';

/** What one answer may hold at most. */
export const MAX_POINTS = 11_000;
/** What an answer holds about when no step is asked for. */
const READABLE_POINTS = 200;
const DAY_MS = 86_400_000;

const querystring = Type.Object(
  {
    metric: MetricName,
    feature: Type.Optional(FeatureId),
    tenant: Type.Optional(TenantId),
    variant: Type.Optional(Type.String({ maxLength: 256, description: 'Empty: events without a variant' })),
    from: Type.Optional(InstantOrDay),
    to: Type.Optional(InstantOrDay),
    step: Type.Optional(StepName),
    aggregate: Type.String({
      default: 'mean',
      pattern: `^(${aggregates.join('|')}|p\\d{1,2}(\\.\\d{1,3})?)$`,
      examples: ['p95'],
      description:
        'p50, p95, p99.9 …: percentiles, right to 1 %. uniques: users, right to about 2 %. rate: events a second. stddev: of the sample',
    }),
    groupBy: Type.Optional(Type.Array(Type.Enum([...dimensions]), { uniqueItems: true, maxItems: dimensions.length })),
    timeZone: Type.Optional(TimeZone),
    fill: Type.Enum([...fills], {
      default: 'null',
      description: 'What stands where a step holds nothing: no point, null, 0, or the value before',
    }),
  },
  { additionalProperties: false },
);
type Query = Static<typeof querystring>;

const Point = Type.Object({ at: instant('Begin of the step, UTC'), value: nullable(Type.Number()) });
const Line = Type.Object({ labels: Type.Record(Type.String(), Type.String()), points: Type.Array(Point) });
const SeriesAnswer = Type.Object({
  metric: Type.String(),
  aggregate: Type.String(),
  unit: Type.String(),
  step: StepName,
  timeZone: Type.String(),
  from: instant('Begin of the first step'),
  to: instant('End of the last step'),
  tier: Type.Enum(['1m', '1h', '1d'], { description: 'The rollup tier that answered' }),
  series: Type.Array(Line),
});

export type SeriesFigures = Static<typeof SeriesAnswer>;

type Steps = { step: Step; zone: string; edges: number[] };

const MINUTE = 60_000;

function rangeOf(query: Query, zone: string, now: number): { from: number; to: number } {
  const to = query.to === undefined ? Math.ceil(now / MINUTE) * MINUTE : instantOf(query.to, zone, 'to');
  const from = query.from === undefined ? to - DAY_MS : instantOf(query.from, zone, 'from');
  if (from < to) return { from, to };
  return refuse('the range is empty', {
    field: 'from',
    value: new Date(from).toISOString(),
    expected: `earlier than ${new Date(to).toISOString()}`,
  });
}

/** Judged by the nominal length, before a single edge is made. */
function requirePoints(step: Step, from: number, to: number): void {
  const points = Math.ceil((to - from) / stepMs[step]);
  if (points <= MAX_POINTS) return;
  const expected = `${finestStep(from, to, MAX_POINTS)} or longer for this range: at most ${MAX_POINTS} points`;
  refuse(`that would be ${points} points`, { field: 'step', value: step, expected });
}

function stepsOf(query: Query, deps: ApiDeps): Steps {
  const now = deps.now();
  const zone = zoneOf(query.timeZone, deps.config);
  const { from, to } = rangeOf(query, zone, now);
  const step = query.step ?? finestStep(from, to, READABLE_POINTS);
  requirePoints(step, from, to);
  const edges = stepEdges(step, from, to, zone);
  requireKept([{ tier: coarsestTier(edges), from, to }], deps.config, now, 'from');
  return { step, zone, edges };
}

function aggregateOf({ aggregate }: Query): Aggregate {
  return isAggregate(aggregate)
    ? aggregate
    : refuse('there is no such percentile', { field: 'aggregate', value: aggregate, expected: 'above p0, for example p95' });
}

const labelsOf = (row: SeriesRow, groupBy: Query['groupBy']): Record<string, string> =>
  Object.fromEntries((groupBy ?? []).map((dimension) => [dimension, row[dimension] ?? '']));

/** Rows come in order of their labels, so each line is one run of them. */
function linesOf(rows: readonly SeriesRow[], query: Query): Map<string, { labels: Record<string, string>; rows: SeriesRow[] }> {
  const lines = new Map<string, { labels: Record<string, string>; rows: SeriesRow[] }>();
  for (const row of rows) {
    const labels = labelsOf(row, query.groupBy);
    const key = JSON.stringify(labels);
    const line = lines.get(key) ?? { labels, rows: [] };
    line.rows.push(row);
    lines.set(key, line);
  }
  if (lines.size === 0 && (query.groupBy ?? []).length === 0) lines.set('{}', { labels: {}, rows: [] });
  return lines;
}

/** Steps have different lengths where clocks change and in months, so a rate is divided by each one's own. */
function valuesOf(rows: readonly SeriesRow[], edges: readonly number[], aggregate: Aggregate): Map<number, number | null> {
  const lengths = new Map(edges.slice(0, -1).map((edge, i) => [edge, ((edges[i + 1] ?? edge) - edge) / 1000]));
  const scaled = ({ at, value }: SeriesRow): number | null =>
    aggregate === 'rate' && value !== null ? value / (lengths.get(at * 1000) ?? 1) : value;
  return new Map(rows.map((row) => [row.at * 1000, scaled(row)]));
}

function requireFewLines(lines: number, steps: number, fill: Fill, rows: number): void {
  const points = fill === 'none' ? rows : lines * steps;
  if (points <= MAX_POINTS && rows <= MAX_POINTS) return;
  refuse(`${lines} or more series of ${steps} steps are more than ${MAX_POINTS} points`, {
    field: 'groupBy',
    value: `${lines} or more series`,
    expected: 'a longer step, a shorter range, or a narrower question',
  });
}

async function answerSeries(
  deps: ApiDeps,
  ask: SeriesAnswers,
  scope: ReturnType<typeof requestScope>,
  query: Query,
): Promise<Static<typeof SeriesAnswer>> {
  const aggregate = aggregateOf(query);
  const { step, zone, edges } = stepsOf(query, deps);
  const { metric, feature, variant, groupBy = [] } = query;
  const rows = await ask(deps.clickhouse, scope, { metric, feature, variant, aggregate, groupBy, edges, limit: MAX_POINTS + 1 });
  const lines = [...linesOf(rows, query).values()];
  requireFewLines(lines.length, edges.length - 1, query.fill, rows.length);
  const starts = edges.slice(0, -1);
  const pointsOf = (of: readonly SeriesRow[]) => fillGaps(starts, valuesOf(of, edges, aggregate), query.fill);
  const iso = (ms: number | undefined): string => new Date(ms ?? 0).toISOString();
  return {
    metric,
    aggregate,
    unit: unitOf(metric, aggregate),
    step,
    timeZone: zone,
    from: iso(edges[0]),
    to: iso(edges.at(-1)),
    tier: coarsestTier(edges),
    series: lines.map(({ labels, rows: of }) => ({ labels, points: pointsOf(of).map(({ at, value }) => ({ at: iso(at), value })) })),
  };
}

export function addSeriesRoutes(app: App, deps: ApiDeps): void {
  const ask = createSeriesAnswers();
  const description = `The range is widened to whole steps; without one, the day up to now. Steps shorter than a day begin anew at each midnight of the time zone,
longer ones follow its calendar (weeks begin on Monday). Answered from rollups, never from raw events. At most ${MAX_POINTS} points.`;
  app.get(
    '/api/v1/series',
    { schema: { tags: ['series'], summary: 'A metric over time', description, querystring, response: answers(SeriesAnswer) } },
    (request) => answerSeries(deps, ask, requestScope(request, request.query.tenant), request.query),
  );
}
