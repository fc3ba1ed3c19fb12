WITH {from:UInt32} AS from
SELECT from + intDiv(toUnixTimestamp(bucket) - from, {length:UInt32}) * {length:UInt32} AS at, if(sum(parts.n) > 1, sqrt(greatest(0., (sum(parts.sum_squares) - pow(sum(parts.sum), 2) / sum(parts.n)) / (sum(parts.n) - 1))), NULL) AS value
FROM rollup_1d_active AS parts
WHERE 1
  AND metric = {metric:String}
  AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY at
ORDER BY at
LIMIT {limit:UInt32}
-- {"length":2678400,"limit":11001,"metric":"response_time_seconds","from":1767225600,"to":1769904000}
