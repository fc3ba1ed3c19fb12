SELECT 'data' AS kind, toUnixTimestamp64Milli(max(stored_at)) AS at FROM events
WHERE stored_at >= toDateTime64({data:UInt32}, 3, 'UTC') AND tenant = {scopeTenant:String}
UNION ALL
SELECT 'alerts' AS kind, toUnixTimestamp64Milli(max(recorded_at)) AS at FROM alerts
WHERE recorded_at >= toDateTime64({alerts:UInt32}, 3, 'UTC') AND tenant = {scopeTenant:String}
UNION ALL
SELECT 'quality' AS kind, toUnixTimestamp64Milli(max(dead_lettered_at)) AS at FROM dead_letters
WHERE dead_lettered_at >= toDateTime64({quality:UInt32}, 3, 'UTC') AND tenant = {scopeTenant:String}
-- {"scopeTenant":"acme","data":1768132800,"alerts":0,"quality":5}
