SELECT toUnixTimestamp(max(bucket)) AS at FROM rollup_1m WHERE tenant = {scopeTenant:String} AND n > 0 AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
-- {"scopeTenant":"acme","from":1768046400,"to":1768219200}
