SELECT feature, metric, toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, toInt64(sum(value_usd) * 1000000) AS valueUsdMicros
FROM (
  SELECT tenant, feature, metric, n, sum, value_usd FROM rollup_1m_active WHERE 1 AND bucket >= toDateTime({from0:UInt32}, 'UTC') AND bucket < toDateTime({to0:UInt32}, 'UTC')
  UNION ALL
  SELECT tenant, feature, metric, n, sum, value_usd FROM rollup_1h_active WHERE 1 AND bucket >= toDateTime({from1:UInt32}, 'UTC') AND bucket < toDateTime({to1:UInt32}, 'UTC')
  UNION ALL
  SELECT tenant, feature, metric, n, sum, value_usd FROM rollup_1d_active WHERE 1 AND bucket >= toDateTime({from2:UInt32}, 'UTC') AND bucket < toDateTime({to2:UInt32}, 'UTC')
  UNION ALL
  SELECT tenant, feature, metric, n, sum, value_usd FROM rollup_1h_active WHERE 1 AND bucket >= toDateTime({from3:UInt32}, 'UTC') AND bucket < toDateTime({to3:UInt32}, 'UTC')
  UNION ALL
  SELECT tenant, feature, metric, n, sum, value_usd FROM rollup_1m_active WHERE 1 AND bucket >= toDateTime({from4:UInt32}, 'UTC') AND bucket < toDateTime({to4:UInt32}, 'UTC')
) AS parts
GROUP BY feature, metric, if(metric = 'match_satisfaction_score', tenant, '')
ORDER BY feature, metric
-- {"from0":1768069800,"to0":1768071600,"from1":1768071600,"to1":1768089600,"from2":1768089600,"to2":1768262400,"from3":1768262400,"to3":1768327200,"from4":1768327200,"to4":1768329000}
