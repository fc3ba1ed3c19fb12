/** How the services did over a span of time: latencies, errors and minutes that were up, by steps. */
import type { PerformanceRow } from '../domain/performance.ts';
import { measuredMetrics } from '../domain/performance.ts';
import { secondsOf, withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/**
 * One row for each metric and step that holds any. Minutes are those with requests; up are those in which fewer than half failed.
 * @param span whole minutes, ms
 */
export function performanceRows(scope: Scope, span: { from: number; to: number; stepMs: number }): Statement<PerformanceRow> {
  const [tenant, within] = [tenantCondition(scope), withinRange(span)];
  return {
    text: `SELECT toFloat64(min(minute)) * 1000 AS at, metric, toFloat64(sum(requests)) AS n, sum(total) AS sum,
  toFloat64(countIf(total * 2 < requests)) AS up, toFloat64(count()) AS minutes
FROM (
  SELECT toUnixTimestamp(bucket) AS minute, metric, sum(parts.n) AS requests, sum(parts.sum) AS total
  FROM rollup_1m_active AS parts
  WHERE ${tenant.text} AND metric IN {metrics:Array(String)} AND ${within.text}
  GROUP BY minute, metric
)
GROUP BY metric, intDiv(minute - {from:UInt32}, {step:UInt32})
ORDER BY metric, at`,
    params: { ...tenant.params, ...within.params, metrics: measuredMetrics, step: secondsOf(span.stepMs) },
  };
}
