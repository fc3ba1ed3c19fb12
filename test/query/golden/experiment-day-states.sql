SELECT toUnixTimestamp(bucket) * 1000 AS day, toString(sum(cityHash64(tenant, metric, variant, bucket, epoch, toString(version)))) AS stamp,
  toFloat64(sum(n)) AS events, toUnixTimestamp(bucket) + 86400 + {settledSeconds:UInt32} <= toUnixTimestamp(now()) AS settled, rand(1) AS nonce,
  toUnixTimestamp(now()) * 1000 AS now
FROM rollup_1d FINAL
WHERE tenant = {scopeTenant:String} AND feature = {feature:String}
  AND bucket >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY bucket
ORDER BY bucket
-- {"scopeTenant":"acme","feature":"ai_coaching","settledSeconds":3600,"from":1769904000,"to":1770163200}
