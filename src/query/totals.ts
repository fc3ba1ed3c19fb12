/** The stored side of the books: what the rollups and the events add up to, by day, tenant and feature. Days are UTC. */
import type { DayTotal } from '../domain/totals.ts';
import { withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/**
 * Events are counted from the raw rows, all else from the day rollups, so that both must be right to agree with what was sent.
 * @param from first day's begin, UTC, ms
 * @param to last day's end
 */
export function storedTotals(scope: Scope, from: number, to: number): Statement<DayTotal> {
  const tenant = tenantCondition(scope);
  const within = withinRange({ from, to });
  return {
    text: `SELECT toString(day) AS day, tenant AS tenantId, feature AS featureId,
  toFloat64(sum(counted)) AS events, toFloat64(sum(measured)) AS measurements,
  toInt64(sum(value) * 1000000) AS valueUsdMicros, toInt64(sum(cost) * 1000000) AS costUsdMicros,
  toFloat64(sum(rated)) AS ratings, sum(rated_sum) AS ratingsSum
FROM (
  SELECT toDate(minute) AS day, tenant, feature, 1 AS counted, 0 AS measured, toDecimal128(0, 6) AS value, toDecimal128(0, 6) AS cost, 0 AS rated, 0. AS rated_sum
  FROM events_active WHERE ${tenant.text} AND ${within.text.replaceAll('bucket', 'minute')}
  UNION ALL
  SELECT toDate(bucket) AS day, tenant, feature, 0 AS counted, n AS measured, value_usd AS value, if(metric = 'cost_usd', -value_usd, toDecimal128(0, 6)) AS cost,
    if(metric = 'match_satisfaction_score', n, 0) AS rated, if(metric = 'match_satisfaction_score', sum, 0.) AS rated_sum
  FROM rollup_1d_active AS parts WHERE ${tenant.text} AND ${within.text}
)
GROUP BY day, tenantId, featureId
ORDER BY day, tenantId, featureId`,
    params: { ...tenant.params, ...within.params },
  };
}

/** How many rows of events there are by now, superseded ones included: cheap enough to ask every second. `newest` is the latest event time, ms. */
export function storedEvents(now: number): Statement<{ rows: number; newest: number }> {
  return {
    text: `SELECT (SELECT toFloat64(count()) FROM events) AS rows,
  (SELECT toFloat64(toUnixTimestamp64Milli(max(occurred_at))) FROM events WHERE minute >= toDateTime({since:UInt32}, 'UTC')) AS newest`,
    params: { since: Math.floor(now / 1000) - 300 },
  };
}
