/** What the slow signals are made of, from the rollups of all tenants. */
import type { DayRow, UptimeRow } from '../domain/signal.ts';
import { coarsestTier } from '../domain/tier.ts';
import { oneMetric, secondsOf, viewOf, withinRange } from './rollup.ts';
import type { Statement } from './statement.ts';

type Span = { from: number; to: number };

/** Minutes with requests, and those of them in which fewer than half failed. Times in milliseconds, whole minutes. */
export function uptimeRow(span: Span): Statement<UptimeRow> {
  const within = withinRange(span);
  return {
    text: `SELECT toFloat64(countIf(failed * 2 < requests)) AS up, toFloat64(count()) AS minutes
FROM (
  SELECT sum(parts.sum) AS failed, sum(parts.n) AS requests FROM rollup_1m_active AS parts
  WHERE metric = 'request_error' AND ${within.text}
  GROUP BY bucket
)
${oneMetric}`,
    params: within.params,
  };
}

/**
 * Sums of these metrics on each day.
 * @param edges where the days begin, and last where the last one ends, ms; days of any time zone
 */
export function dayRows(metrics: readonly string[], edges: readonly number[]): Statement<DayRow> {
  const within = withinRange({ from: edges[0] ?? 0, to: edges.at(-1) ?? 0 });
  return {
    text: `SELECT toFloat64(roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)})) * 1000 AS day, metric, toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum
FROM ${viewOf[coarsestTier(edges)]} AS parts
WHERE metric IN {metrics:Array(String)} AND ${within.text}
GROUP BY day, metric
ORDER BY day, metric`,
    params: { metrics, ...within.params, edges: edges.map(secondsOf) },
  };
}
