SELECT toUnixTimestamp(max(bucket)) AS newest, toString(sum(cityHash64(tenant, metric, variant, bucket, epoch, toString(version)))) AS stamp
FROM rollup_1d FINAL
WHERE tenant = {scopeTenant:String} AND feature = {feature:String}
  AND bucket >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND bucket < toDateTime({to:UInt32}, 'UTC')
-- {"scopeTenant":"acme","feature":"ai_coaching","from":1769904000,"to":1770163200}
