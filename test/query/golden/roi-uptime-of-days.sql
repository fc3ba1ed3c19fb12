SELECT at, toFloat64(countIf(failed * 2 < requests)) AS up, toFloat64(count()) AS minutes
FROM (
  SELECT roundDown(toUnixTimestamp(bucket), {edges:Array(UInt32)}) AS at, bucket, sum(parts.sum) AS failed, sum(parts.n) AS requests
  FROM rollup_1m_active AS parts
  WHERE metric = 'request_error' AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
  GROUP BY at, bucket
)
GROUP BY at
SETTINGS optimize_move_to_prewhere_if_final = 1
-- {"from":1772859600,"to":1773115200,"edges":[1772859600,1772946000,1773028800,1773115200]}
