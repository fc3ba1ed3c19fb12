WITH {from:UInt32} AS from,
  (SELECT sum(cityHash64(tenant, day, active)) FROM epochs FINAL WHERE active > 0) AS generations
SELECT from + intDiv(toUnixTimestamp(bucket) - from, {length:UInt32}) * {length:UInt32} AS at, concat(toString(sum(cityHash64(tenant, feature, variant, bucket, epoch, version))), ' ', toString(any(generations))) AS stamp
FROM rollup_1h FINAL
WHERE tenant = {scopeTenant:String}
  AND metric = {metric:String}
  AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY at
SETTINGS do_not_merge_across_partitions_select_final = 1
-- {"length":3600,"scopeTenant":"acme","metric":"response_time_seconds","from":1767225600,"to":1767229200}
