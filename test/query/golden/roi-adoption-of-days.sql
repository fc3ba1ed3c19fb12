SELECT at, toString(feature) AS feature, toFloat64(uniqCombined64Merge(12)(parts.users)) AS users
FROM (
  SELECT roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)}) AS at, feature, users FROM rollup_1h_active
  WHERE feature != 'platform' AND metric != 'cost_usd' AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
) AS parts
GROUP BY GROUPING SETS ((at, feature), (at))
ORDER BY at, feature
-- {"from":1772859600,"to":1773115200,"edges":[1772859600,1772946000,1773028800,1773115200]}
