INSERT INTO experiment_exposures (series, build, unit, first, variant, stage, least, most)
  SELECT cityHash64({series:String}), toUInt64({builds:Array(String)}[indexOf({begins:Array(UInt32)}, begin)]), unit, first, variant, stage, least, most
  FROM (SELECT roundDown(toUInt32(intDiv(at, 1000)), {begins:Array(UInt32)}) AS begin, unit, min(at) AS first, argMin(events.variant, at) AS variant, argMin(events.stage, at) AS stage,
      min(events.variant) AS least, max(events.variant) AS most
    FROM (
        SELECT cityHash64(user_id) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawn:Array(String)} AS drawn
        FROM events_active
        WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND user_id != ''
          AND minute >= toDateTime({from0:UInt32}, 'UTC') AND minute < toDateTime({to0:UInt32}, 'UTC')
          AND (kind = 'flag-exposures')
    ) AS events
    WHERE drawn
    GROUP BY begin, unit)
-- {"scopeTenant":"acme","from0":1769904000,"to0":1770163200,"feature":"ai_coaching","undrawn":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"begins":[1769904000],"series":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],null]","builds":["7602794921308356615"]}
