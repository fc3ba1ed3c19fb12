SELECT toFloat64(toUnixTimestamp(bucket)) * 1000 AS at, metric, toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum
FROM rollup_1h_active AS parts
WHERE tenant = {scopeTenant:String} AND metric IN {metrics:Array(String)} AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
GROUP BY bucket, metric
ORDER BY metric, at
-- {"scopeTenant":"acme","from":1768089600,"to":1768176000,"metrics":["websocket_latency_ms","ml_inference_latency_ms","vision_analysis_latency_ms","coaching_analysis_latency_ms","request_error"]}
