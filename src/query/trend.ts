/** What each step of a period adds up to, for each feature and metric: the rows of `impact.ts`, by step. */
import type { ImpactRow } from '../domain/impact.ts';
import { coarsestTier } from '../domain/tier.ts';
import { secondsOf, viewOf, withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** `at`: begin of the step, seconds since 1970. */
export type TrendRow = ImpactRow & { at: number };

/** @param edges where the steps begin, and last where the last one ends, ms; at least two */
export function trendRows(scope: Scope, edges: readonly number[]): Statement<TrendRow> {
  const tenant = tenantCondition(scope);
  const within = withinRange({ from: edges[0] ?? 0, to: edges.at(-1) ?? 0 });
  return {
    text: `SELECT roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)}) AS at, feature, metric,
  toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, toInt64(sum(parts.value_usd) * 1000000) AS valueUsdMicros
FROM ${viewOf[coarsestTier(edges)]} AS parts
WHERE ${tenant.text} AND ${within.text}
GROUP BY at, feature, metric, if(metric = 'match_satisfaction_score', tenant, '')
ORDER BY at, feature, metric`,
    params: { ...tenant.params, ...within.params, edges: edges.map(secondsOf) },
  };
}
