INSERT INTO experiment_cells (series, unit, builds, n_before, n_after, sum_before, sum_after, positive_before, positive_after, other_before, other_after)
  SELECT cityHash64({series:String}), unit, groupArray(toUInt64({builds:Array(String)}[indexOf({begins:Array(UInt32)}, begin)])), groupArray(cells.n_before), groupArray(cells.n_after), groupArray(cells.sum_before), groupArray(cells.sum_after), groupArray(cells.positive_before), groupArray(cells.positive_after), groupArray(cells.other_before), groupArray(cells.other_after)
  FROM (SELECT begin, unit,
      toUInt32(arrayCount(t -> t < split, times)) AS n_before, arraySum((t, v) -> if(t < split, v, 0), times, taken) AS sum_before,
      toUInt32(arrayCount((t, v) -> t < split AND v > 0, times, taken)) AS positive_before, arraySum((t, v) -> if(t < split, v, 0), otherTimes, otherValues) AS other_before,
      toUInt32(arrayCount(t -> t >= split, times)) AS n_after, arraySum((t, v) -> if(t >= split, v, 0), times, taken) AS sum_after,
      toUInt32(arrayCount((t, v) -> t >= split AND v > 0, times, taken)) AS positive_after, arraySum((t, v) -> if(t >= split, v, 0), otherTimes, otherValues) AS other_after
    FROM (
      SELECT roundDown(toUInt32(intDiv(at, 1000)), {begins:Array(UInt32)}) AS begin, unit, if(countIf(drawn) = 0, toInt64(9007199254740991), minIf(at, drawn)) AS split,
        groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken, groupArrayIf(at, dividing) AS otherTimes, groupArrayIf(divisor, dividing) AS otherValues
      FROM (
        SELECT cityHash64(user_id) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawn:Array(String)} AS drawn,
          has(metrics, {metric:String}) AND NOT exposure AS measured, values[indexOf(metrics, {metric:String})] AS value,
          has(metrics, {denominator:String}) AND NOT exposure AS dividing, values[indexOf(metrics, {denominator:String})] AS divisor
        FROM events_active
        WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND user_id != ''
          AND minute >= toDateTime({from0:UInt32}, 'UTC') AND minute < toDateTime({to0:UInt32}, 'UTC')
          AND (kind = 'flag-exposures' OR has(metrics, {metric:String}) OR has(metrics, {denominator:String}))
      ) AS events
      GROUP BY begin, unit
      HAVING notEmpty(times) OR notEmpty(otherTimes)
    )) AS cells
  GROUP BY unit
-- {"scopeTenant":"acme","from0":1769904000,"to0":1770163200,"feature":"ai_coaching","undrawn":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"metric":"errors","denominator":"visits","begins":[1769904000],"series":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],[\"errors\",\"visits\"]]","builds":["7602794921308356615"]}
