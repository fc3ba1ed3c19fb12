/** Stored minutes of chosen metrics, one row for each series: what a back-test of alert rules is run over. */
import type { MinutePart } from '../domain/backtest.ts';
import { withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** @param range whole minutes, ms; `to` is not part of it */
export function minuteParts(
  scope: Scope,
  range: { from: number; to: number },
  metrics: readonly string[],
  feature?: string,
): Statement<MinutePart> {
  const tenant = tenantCondition(scope);
  const within = withinRange(range);
  const only = feature === undefined ? { text: '1', params: {} } : { text: 'feature = {feature:String}', params: { feature } };
  return {
    text: `SELECT tenant AS tenantId, feature AS featureId, metric, if(variant = '', NULL, variant) AS variant,
  toFloat64(toUnixTimestamp(bucket)) * 1000 AS minute, toFloat64(parts.n) AS n, parts.sum AS sum, parts.sum_squares AS sumSquares,
  parts.min AS min, parts.max AS max, toInt64(parts.value_usd * 1000000) AS valueUsdMicros
FROM rollup_1m_active AS parts
WHERE ${tenant.text} AND ${only.text} AND metric IN {metrics:Array(String)} AND ${within.text}
ORDER BY bucket`,
    params: { ...tenant.params, ...only.params, ...within.params, metrics },
  };
}
