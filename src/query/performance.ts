/** How the services did in each hour: latencies and errors from the hours, which are few, and what was up from the minutes of errors alone. */
import { ERRORS, measuredMetrics, type PerformanceRow, type UpRow } from '../domain/performance.ts';
import { oneMetric, withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

type Span = { from: number; to: number };

/** Sums of each metric in each hour that holds any. @param span whole hours, ms */
export function performanceRows(scope: Scope, span: Span): Statement<PerformanceRow> {
  const [tenant, within] = [tenantCondition(scope), withinRange(span)];
  return {
    text: `SELECT toFloat64(toUnixTimestamp(bucket)) * 1000 AS at, metric, toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum
FROM rollup_1h_active AS parts
WHERE ${tenant.text} AND metric IN {metrics:Array(String)} AND ${within.text}
GROUP BY bucket, metric
ORDER BY metric, at`,
    params: { ...tenant.params, ...within.params, metrics: measuredMetrics },
  };
}

/** Minutes with requests in each hour, and those of them in which fewer than half failed. @param span whole hours, ms */
export function upRows(scope: Scope, span: Span): Statement<UpRow> {
  const [tenant, within] = [tenantCondition(scope), withinRange(span)];
  return {
    text: `SELECT toFloat64(toUnixTimestamp(toStartOfHour(minute))) * 1000 AS at, toFloat64(countIf(failed * 2 < requests)) AS up, toFloat64(count()) AS minutes
FROM (
  SELECT bucket AS minute, sum(parts.n) AS requests, sum(parts.sum) AS failed
  FROM rollup_1m_active AS parts
  WHERE ${tenant.text} AND metric = '${ERRORS}' AND ${within.text}
  GROUP BY minute
)
GROUP BY at
ORDER BY at
${oneMetric}`,
    params: { ...tenant.params, ...within.params },
  };
}
