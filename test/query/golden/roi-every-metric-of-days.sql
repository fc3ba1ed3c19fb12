WITH {from:UInt32} AS from
SELECT from + intDiv(toUnixTimestamp(bucket) - from, {length:UInt32}) * {length:UInt32} AS at, tenant AS tenantId, toString(feature) AS featureId, toString(metric) AS metric,
  toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, sum(parts.sum_squares) AS sumSquares, toInt64(sum(parts.value_usd) * 1000000) AS valueUsdMicros,
  toFloat64(sumIf(parts.n, variant NOT IN ('', 'control'))) AS treatedN, sumIf(parts.sum, variant NOT IN ('', 'control')) AS treatedSum,
  toFloat64(sumIf(parts.n, variant = 'control')) AS controlN, sumIf(parts.sum, variant = 'control') AS controlSum
FROM rollup_1d_active AS parts
WHERE 1 AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC') AND metric NOT IN ('cost_usd', 'exposure') AND (feature IN {features:Array(String)} OR value_usd != 0)
GROUP BY at, tenantId, featureId, metric
ORDER BY at, tenantId, featureId, metric
-- {"from":1768089600,"to":1768176000,"length":86400,"features":["realtime_intelligence","property_intelligence","churn_prevention","ai_coaching"]}
