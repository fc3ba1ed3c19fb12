SELECT unit, any(u.stage) AS stage, any(u.variant) AS variant, any(u.first) AS first, any(u.crossed) AS crossed,
      groupArrayArray(arrayFlatten(arrayConcat(
        arrayFilter((v, b) -> b > own, values_before, begins), arrayFilter((v, b) -> b >= own, values_after, begins)))) AS mine
    FROM (
      SELECT unit, [begin] AS begins, [raw.values_before] AS values_before, [raw.values_after] AS values_after FROM (SELECT begin, unit, arrayFilter((v, t) -> t < split, taken, times) AS values_before, arrayFilter((v, t) -> t >= split, taken, times) AS values_after FROM (
      SELECT roundDown(toUInt32(intDiv(at, 1000)), {beginsC:Array(UInt32)}) AS begin, unit, if(countIf(drawn) = 0, toInt64(9007199254740991), minIf(at, drawn)) AS split,
        groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken
      FROM (
        SELECT cityHash64(user_id) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawnC:Array(String)} AS drawn,
          has(metrics, {metricC:String}) AND NOT exposure AS measured, values[indexOf(metrics, {metricC:String})] AS value
        FROM events_active
        WHERE tenant = {scopeTenantC:String} AND feature = {featureC:String} AND user_id != ''
          AND minute >= toDateTime({from0C:UInt32}, 'UTC') AND minute < toDateTime({to0C:UInt32}, 'UTC')
          AND (kind = 'flag-exposures' OR has(metrics, {metricC:String})) AND unit % {oneInC:UInt32} = 0
      ) AS events
      GROUP BY begin, unit
      HAVING notEmpty(times)
    )) AS raw
    ) AS c
    RIGHT JOIN (
      SELECT unit, argMin(e.variant, e.first) AS variant, argMin(e.stage, e.first) AS stage, min(e.first) AS first,
        min(e.least) AS lowest, max(e.most) AS highest, lowest != highest AS crossed,
        if(first < {from:Int64}, toUInt32({fromSeconds:UInt32} - 1), argMin(begin, e.first)) AS own,
        if(first < {from:Int64}, toUInt32(4294967295), toUInt32(intDiv(first, 86400000) * 86400 - {preSeconds:UInt32})) AS since
      FROM (
        SELECT unit, toUInt32(bitShiftRight(build, 32)) AS begin, first, variant, stage, least, most
    FROM experiment_exposures WHERE series = cityHash64({exposureSeries:String}) AND build IN arrayMap(build -> toUInt64(build), {exposureBuilds:Array(String)}) AND unit % {oneIn:UInt32} = 0
    UNION ALL
    SELECT unit, begin, first, variant, stage, least, most FROM (SELECT roundDown(toUInt32(intDiv(at, 1000)), {beginsE:Array(UInt32)}) AS begin, unit, min(at) AS first, argMin(events.variant, at) AS variant, argMin(events.stage, at) AS stage,
      min(events.variant) AS least, max(events.variant) AS most
    FROM (
        SELECT cityHash64(user_id) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawnE:Array(String)} AS drawn
        FROM events_active
        WHERE tenant = {scopeTenantE:String} AND feature = {featureE:String} AND user_id != ''
          AND minute >= toDateTime({from0E:UInt32}, 'UTC') AND minute < toDateTime({to0E:UInt32}, 'UTC')
          AND (kind = 'flag-exposures') AND unit % {oneInE:UInt32} = 0
    ) AS events
    WHERE drawn
    GROUP BY begin, unit)
      ) AS e
      GROUP BY unit
    ) AS u USING (unit)
    GROUP BY unit
    SETTINGS join_algorithm = 'hash'
-- {"exposureSeries":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],null]","exposureBuilds":["7602794921308356615"],"oneIn":4,"scopeTenantE":"acme","from0E":1769904000,"to0E":1769990400,"featureE":"ai_coaching","undrawnE":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"oneInE":4,"beginsE":[1769904000],"scopeTenantC":"acme","from0C":1769904000,"to0C":1769990400,"featureC":"ai_coaching","undrawnC":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"metricC":"api_latency_ms","oneInC":4,"beginsC":[1769904000],"from":1769904000000,"fromSeconds":1769904000,"preSeconds":0}
