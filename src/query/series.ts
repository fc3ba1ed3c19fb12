/** One metric over time, from the tier that fits. Never from raw events. */
import { type Aggregate, quantileOf } from '../domain/series.ts';
import { coarsestTier } from '../domain/tier.ts';
import { secondsOf, viewOf, withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

export const dimensions = ['tenant', 'feature', 'variant'] as const;
export type Dimension = (typeof dimensions)[number];

export type SeriesQuestion = {
  metric: string;
  feature?: string | undefined;
  variant?: string | undefined;
  aggregate: Aggregate;
  groupBy: readonly Dimension[];
  /** Where the steps begin, and last where the last one ends, ms. At least two. */
  edges: readonly number[];
  /** Rows answered at most. */
  limit: number;
};

/** `at` is the begin of the step, seconds since 1970; only steps that hold something have a row. */
export type SeriesRow = { at: number; value: number | null } & Partial<Record<Dimension, string>>;

const variance = '(sum(parts.sum_squares) - pow(sum(parts.sum), 2) / sum(parts.n)) / (sum(parts.n) - 1)';

/** `rate` is a count here; who knows the length of the step divides. */
const expressions: Record<string, string> = {
  count: 'toFloat64(sum(parts.n))',
  rate: 'toFloat64(sum(parts.n))',
  sum: 'sum(parts.sum)',
  mean: 'sum(parts.sum) / sum(parts.n)',
  min: 'min(parts.min)',
  max: 'max(parts.max)',
  // Rounding may leave a tiny negative difference of squares.
  stddev: `if(sum(parts.n) > 1, sqrt(greatest(0., ${variance})), NULL)`,
  uniques: 'toFloat64(uniqCombined64Merge(12)(parts.users))',
  value_usd: 'toFloat64(sum(parts.value_usd))',
};

function valueExpression(aggregate: Aggregate): string {
  const level = quantileOf(aggregate);
  return level === null ? (expressions[aggregate] ?? 'NULL') : `quantileDDMerge(0.01, ${level})(parts.quantiles)`;
}

/** Equal steps are found by arithmetic; unequal ones (months, days on which clocks change) in the list of their edges. */
function stepExpression(edges: readonly number[]): { text: string; params: Record<string, unknown> } {
  const seconds = edges.map(secondsOf);
  const [start = 0, second = 0] = seconds;
  const length = second - start;
  const equal = seconds.every((edge, i) => edge === start + i * length);
  if (equal) return { text: 'from + intDiv(toUnixTimestamp(bucket) - from, {length:UInt32}) * {length:UInt32}', params: { length } };
  return { text: 'roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)})', params: { edges: seconds } };
}

function equals(column: 'feature' | 'variant', value: string | undefined): { text: string; params: Record<string, string> }[] {
  return value === undefined ? [] : [{ text: `${column} = {${column}:String}`, params: { [column]: value } }];
}

/** Rows in order of the groups, then of time. */
export function seriesRows(scope: Scope, question: SeriesQuestion): Statement<SeriesRow> {
  const { edges, groupBy, aggregate, metric, limit } = question;
  const range = withinRange({ from: edges[0] ?? 0, to: edges.at(-1) ?? 0 });
  const step = stepExpression(edges);
  const conditions = [
    tenantCondition(scope),
    ...equals('feature', question.feature),
    ...equals('variant', question.variant),
    { text: 'metric = {metric:String}', params: { metric } },
    range,
  ];
  const keys = [...groupBy, 'at'].join(', ');
  return {
    text: `WITH {from:UInt32} AS from
SELECT ${[...groupBy, `${step.text} AS at`].join(', ')}, ${valueExpression(aggregate)} AS value
FROM ${viewOf[coarsestTier(edges)]} AS parts
WHERE ${conditions.map(({ text }) => text).join('\n  AND ')}
GROUP BY ${keys}
ORDER BY ${keys}
LIMIT {limit:UInt32}`,
    params: Object.assign({}, step.params, { limit }, ...conditions.map(({ params }) => params)),
  };
}
