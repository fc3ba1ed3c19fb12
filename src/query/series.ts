/** One metric over time, from the tier that fits. Never from raw events. */
import { type Aggregate, quantileOf } from '../domain/series.ts';
import { coarsestTier, type Tier } from '../domain/tier.ts';
import { stepExpression, tableOf, viewOf, withinRange } from './rollup.ts';
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

function equals(column: 'feature' | 'variant', value: string | undefined): { text: string; params: Record<string, string> }[] {
  return value === undefined ? [] : [{ text: `${column} = {${column}:String}`, params: { [column]: value } }];
}

/** Which rows of the rollups a question is about. */
function conditionsOf(
  scope: Scope,
  { edges, feature, variant, metric }: SeriesQuestion,
): { text: string; params: Record<string, unknown> } {
  const conditions = [
    tenantCondition(scope),
    ...equals('feature', feature),
    ...equals('variant', variant),
    { text: 'metric = {metric:String}', params: { metric } },
    withinRange({ from: edges[0] ?? 0, to: edges.at(-1) ?? 0 }),
  ];
  return {
    text: conditions.map(({ text }) => text).join('\n  AND '),
    params: Object.assign({}, ...conditions.map(({ params }) => params)),
  };
}

/**
 * Rows in order of the groups, then of time.
 * @param tier at least as fine as the edges need
 */
export function seriesRows(scope: Scope, question: SeriesQuestion, tier: Tier = coarsestTier(question.edges)): Statement<SeriesRow> {
  const { edges, groupBy, aggregate, limit } = question;
  const [step, conditions] = [stepExpression(edges), conditionsOf(scope, question)];
  const keys = [...groupBy, 'at'].join(', ');
  return {
    text: `WITH {from:UInt32} AS from
SELECT ${[...groupBy, `${step.text} AS at`].join(', ')}, ${valueExpression(aggregate)} AS value
FROM ${viewOf[tier]} AS parts
WHERE ${conditions.text}
GROUP BY ${keys}
ORDER BY ${keys}
LIMIT {limit:UInt32}`,
    params: { ...step.params, limit, ...conditions.params },
  };
}

/**
 * For each step that holds something a text that changes with everything that is stored, corrected or taken back in it, and with every replay.
 * It reads no sketches, and costs a fraction of what they do. Rows that a merge is yet to drop count as well: a merge may change the text then,
 * but nothing that readers see leaves it as it was.
 */
export function seriesStamps(scope: Scope, question: SeriesQuestion): Statement<{ at: number; stamp: string }> {
  const [step, conditions] = [stepExpression(question.edges), conditionsOf(scope, question)];
  return {
    text: `WITH {from:UInt32} AS from, (SELECT sum(cityHash64(tenant, day, version)) FROM epochs WHERE active > 0) AS generations
SELECT ${step.text} AS at, concat(toString(sum(cityHash64(epoch, version))), ' ', toString(any(generations))) AS stamp
FROM ${tableOf[coarsestTier(question.edges)]}
WHERE ${conditions.text}
GROUP BY at`,
    params: { ...step.params, ...conditions.params },
  };
}
