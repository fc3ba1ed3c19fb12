SELECT toFloat64(toUnixTimestamp(toStartOfHour(minute))) * 1000 AS at, toFloat64(countIf(failed * 2 < requests)) AS up, toFloat64(count()) AS minutes
FROM (
  SELECT bucket AS minute, sum(parts.n) AS requests, sum(parts.sum) AS failed
  FROM rollup_1m_active AS parts
  WHERE 1 AND metric = 'request_error' AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
  GROUP BY minute
)
GROUP BY at
ORDER BY at
SETTINGS optimize_move_to_prewhere_if_final = 1
-- {"from":1768089600,"to":1768176000}
