WITH {from:UInt32} AS from
SELECT from + intDiv(toUnixTimestamp(bucket) - from, {length:UInt32}) * {length:UInt32} AS at, sum(parts.sum) / sum(parts.n) AS value
FROM rollup_1m_active AS parts
WHERE 1
  AND metric = {metric:String}
  AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY at
ORDER BY at
LIMIT {limit:UInt32}
-- {"length":900,"limit":11001,"metric":"response_time_seconds","from":1768089600,"to":1768176000}
