SELECT toFloat64(min(minute)) * 1000 AS at, metric, toFloat64(sum(requests)) AS n, sum(total) AS sum,
  toFloat64(countIf(total * 2 < requests)) AS up, toFloat64(count()) AS minutes
FROM (
  SELECT toUnixTimestamp(bucket) AS minute, metric, sum(parts.n) AS requests, sum(parts.sum) AS total
  FROM rollup_1m_active AS parts
  WHERE tenant = {scopeTenant:String} AND metric IN {metrics:Array(String)} AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
  GROUP BY minute, metric
)
GROUP BY metric, intDiv(minute - {from:UInt32}, {step:UInt32})
ORDER BY metric, at
-- {"scopeTenant":"acme","from":1768089600,"to":1768176000,"metrics":["websocket_latency_ms","ml_inference_latency_ms","vision_analysis_latency_ms","coaching_analysis_latency_ms","request_error"],"step":1800}
