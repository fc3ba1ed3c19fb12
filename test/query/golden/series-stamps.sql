WITH {from:UInt32} AS from, (SELECT sum(cityHash64(tenant, day, version)) FROM epochs WHERE active > 0) AS generations
SELECT from + intDiv(toUnixTimestamp(bucket) - from, {length:UInt32}) * {length:UInt32} AS at, concat(toString(sum(cityHash64(epoch, version))), ' ', toString(any(generations))) AS stamp
FROM rollup_1h
WHERE tenant = {scopeTenant:String}
  AND metric = {metric:String}
  AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY at
-- {"length":3600,"scopeTenant":"acme","metric":"response_time_seconds","from":1767225600,"to":1767229200}
