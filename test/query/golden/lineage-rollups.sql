SELECT * FROM (
SELECT '1m' AS tier, toUnixTimestamp(parts.bucket) AS bucket, metric, variant, toFloat64(n) AS n, sum, min, max, toInt64(value_usd * 1000000) AS valueUsdMicros
FROM rollup_1m_active AS parts
WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND metric IN {metrics:Array(String)} AND variant = {variant:String}
  AND parts.bucket = toStartOfMinute(toDateTime({minute:UInt32}, 'UTC'))
UNION ALL
SELECT '1h' AS tier, toUnixTimestamp(parts.bucket) AS bucket, metric, variant, toFloat64(n) AS n, sum, min, max, toInt64(value_usd * 1000000) AS valueUsdMicros
FROM rollup_1h_active AS parts
WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND metric IN {metrics:Array(String)} AND variant = {variant:String}
  AND parts.bucket = toStartOfHour(toDateTime({minute:UInt32}, 'UTC'))
UNION ALL
SELECT '1d' AS tier, toUnixTimestamp(parts.bucket) AS bucket, metric, variant, toFloat64(n) AS n, sum, min, max, toInt64(value_usd * 1000000) AS valueUsdMicros
FROM rollup_1d_active AS parts
WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND metric IN {metrics:Array(String)} AND variant = {variant:String}
  AND parts.bucket = toStartOfDay(toDateTime({minute:UInt32}, 'UTC'))
) ORDER BY metric, indexOf(['1m', '1h', '1d'], tier)
-- {"scopeTenant":"acme","feature":"ai_coaching","variant":"treatment","metrics":["productivity_score"],"minute":1768000020}
