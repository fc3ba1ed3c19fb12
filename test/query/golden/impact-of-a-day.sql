SELECT feature, metric, toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, toInt64(sum(value_usd) * 1000000) AS valueUsdMicros
FROM (
  SELECT tenant, feature, metric, n, sum, value_usd FROM rollup_1d_active WHERE tenant = {scopeTenant:String} AND bucket >= toDateTime({from0:UInt32}, 'UTC') AND bucket < toDateTime({to0:UInt32}, 'UTC')
) AS parts
GROUP BY feature, metric, if(metric = 'match_satisfaction_score', tenant, '')
ORDER BY feature, metric
-- {"scopeTenant":"acme","from0":1768089600,"to0":1768176000}
