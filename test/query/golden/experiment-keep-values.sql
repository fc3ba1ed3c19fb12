INSERT INTO experiment_values (series, unit, builds, values_before, values_after)
  SELECT cityHash64({series:String}), unit, groupArray(toUInt64({builds:Array(String)}[indexOf({begins:Array(UInt32)}, begin)])), groupArray(cells.values_before), groupArray(cells.values_after)
  FROM (SELECT begin, unit, arrayFilter((v, t) -> t < split, taken, times) AS values_before, arrayFilter((v, t) -> t >= split, taken, times) AS values_after FROM (
      SELECT roundDown(toUInt32(intDiv(at, 1000)), {begins:Array(UInt32)}) AS begin, unit, if(countIf(drawn) = 0, toInt64(9007199254740991), minIf(at, drawn)) AS split,
        groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken
      FROM (
        SELECT cityHash64(user_id) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawn:Array(String)} AS drawn,
          has(metrics, {metric:String}) AND NOT exposure AS measured, values[indexOf(metrics, {metric:String})] AS value
        FROM events_active
        WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND user_id != ''
          AND minute >= toDateTime({from0:UInt32}, 'UTC') AND minute < toDateTime({to0:UInt32}, 'UTC')
          AND (kind = 'flag-exposures' OR has(metrics, {metric:String})) AND unit % {oneIn:UInt32} = 0
      ) AS events
      GROUP BY begin, unit
      HAVING notEmpty(times)
    )) AS cells
  GROUP BY unit
-- {"scopeTenant":"acme","from0":1769904000,"to0":1770163200,"feature":"ai_coaching","undrawn":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"metric":"api_latency_ms","oneIn":4,"begins":[1769904000],"series":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],[\"api_latency_ms\",null,4]]","builds":["7602794921308356615"]}
