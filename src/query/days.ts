/** What each day's rollups add up to, for many days at once. */
import type { ImpactRow } from '../domain/impact.ts';
import { coarsestTier } from '../domain/tier.ts';
import { secondsOf, viewOf, withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** `at` is the begin of the day, seconds since 1970. */
export type DayRow = ImpactRow & { at: number };

/**
 * @param edges where the days begin, and last where the last one ends, ms; days of any time zone
 * @returns one row for each day, feature and metric, and for satisfaction one for each tenant as well
 */
export function dayRows(scope: Scope, edges: readonly number[]): Statement<DayRow> {
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
