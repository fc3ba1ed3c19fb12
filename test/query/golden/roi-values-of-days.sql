WITH {from:UInt32} AS from
SELECT roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)}) AS at, tenant AS tenantId, toString(feature) AS featureId, toString(metric) AS metric,
  toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, sum(parts.sum_squares) AS sumSquares, toInt64(sum(parts.value_usd) * 1000000) AS valueUsdMicros,
  toFloat64(sumIf(parts.n, variant NOT IN ('', 'control'))) AS treatedN, sumIf(parts.sum, variant NOT IN ('', 'control')) AS treatedSum,
  toFloat64(sumIf(parts.n, variant = 'control')) AS controlN, sumIf(parts.sum, variant = 'control') AS controlSum
FROM rollup_1h_active AS parts
WHERE tenant = {scopeTenant:String} AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC') AND metric NOT IN ('cost_usd', 'exposure') AND (metric IN {keys:Array(String)} OR value_usd != 0)
GROUP BY at, tenantId, featureId, metric
ORDER BY at, tenantId, featureId, metric
-- {"scopeTenant":"acme","from":1772859600,"to":1773115200,"edges":[1772859600,1772946000,1773028800,1773115200],"keys":["response_time_seconds","match_satisfaction_score","churned","session_duration_minutes"]}
