SELECT toFloat64(sum(parts.n)) AS n FROM rollup_1d_active AS parts
WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND metric = {metric:String}
  AND bucket >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND bucket < toDateTime({to:UInt32}, 'UTC')
-- {"scopeTenant":"acme","feature":"ai_coaching","metric":"api_latency_ms","from":1769904000,"to":1770163200}
