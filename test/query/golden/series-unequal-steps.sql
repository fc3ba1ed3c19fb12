WITH {from:UInt32} AS from
SELECT feature, variant, roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)}) AS at, quantileDDMerge(0.01, 0.999)(parts.quantiles) AS value
FROM rollup_1h_active AS parts
WHERE tenant = {scopeTenant:String}
  AND feature = {feature:String}
  AND variant = {variant:String}
  AND metric = {metric:String}
  AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY feature, variant, at
ORDER BY feature, variant, at
LIMIT {limit:UInt32}
-- {"edges":[1772859600,1772946000,1773028800,1773115200],"limit":11001,"scopeTenant":"acme","feature":"realtime_intelligence","variant":"","metric":"response_time_seconds","from":1772859600,"to":1773115200}
