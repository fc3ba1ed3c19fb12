SELECT stage, variant, sumForEach(seen) AS exposed, sumForEach(doubled) AS crossed, toFloat64(countIf(first < {from:Int64})) AS carried,
  sumForEach(counted) AS n, sumForEach(own) AS sum, sumForEach(arrayMap(v -> v * v, own)) AS sumSquares,
  sumForEach(other) AS otherSum, sumForEach(arrayMap(v -> v * v, other)) AS otherSumSquares, sumForEach(arrayMap((v, w) -> v * w, own, other)) AS crossSum
FROM (
  SELECT stage, variant, first,
    [toFloat64(NOT crossed)] AS seen,
    [toFloat64(crossed)] AS doubled,
    [toFloat64(NOT crossed AND (n_post > 0))] AS counted,
    [if(NOT crossed AND (n_post > 0), sum_post / greatest(1, n_post), 0.)] AS own,
    [if(NOT crossed AND (n_post > 0), sum_pre / greatest(1, n_pre), 0.)] AS other
  FROM (
    SELECT unit, any(u.stage) AS stage, any(u.variant) AS variant, any(u.first) AS first, any(u.crossed) AS crossed,
      sum(toFloat64(arraySum((b, v, w) -> if(b > own, v + w, if(b = own, w, 0)), begins, n_before, n_after))) AS n_post,
      sum(toFloat64(arraySum((b, v, w) -> if(b < own AND b >= since, v + w, if(b = own, v, 0)), begins, n_before, n_after))) AS n_pre,
      sum(toFloat64(arraySum((b, v, w) -> if(b > own, v + w, if(b = own, w, 0)), begins, sum_before, sum_after))) AS sum_post,
      sum(toFloat64(arraySum((b, v, w) -> if(b < own AND b >= since, v + w, if(b = own, v, 0)), begins, sum_before, sum_after))) AS sum_pre
    FROM (
      SELECT unit, [begin] AS begins, [raw.n_before] AS n_before, [raw.n_after] AS n_after, [raw.sum_before] AS sum_before, [raw.sum_after] AS sum_after FROM (SELECT begin, unit,
      toUInt32(arrayCount(t -> t < split, times)) AS n_before, arraySum((t, v) -> if(t < split, v, 0), times, taken) AS sum_before,
      toUInt32(arrayCount((t, v) -> t < split AND v > 0, times, taken)) AS positive_before, 0. AS other_before,
      toUInt32(arrayCount(t -> t >= split, times)) AS n_after, arraySum((t, v) -> if(t >= split, v, 0), times, taken) AS sum_after,
      toUInt32(arrayCount((t, v) -> t >= split AND v > 0, times, taken)) AS positive_after, 0. AS other_after
    FROM (
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
          AND (kind = 'flag-exposures' OR has(metrics, {metricC:String}))
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
    FROM experiment_exposures WHERE series = cityHash64({exposureSeries:String}) AND build IN arrayMap(build -> toUInt64(build), {exposureBuilds:Array(String)})
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
          AND (kind = 'flag-exposures')
    ) AS events
    WHERE drawn
    GROUP BY begin, unit)
      ) AS e
      GROUP BY unit
    ) AS u USING (unit)
    GROUP BY unit
  ) AS units
)
GROUP BY stage, variant
ORDER BY stage, variant
SETTINGS join_algorithm = 'hash'
-- {"exposureSeries":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],null]","exposureBuilds":["7602794921308356615"],"scopeTenantE":"acme","from0E":1769904000,"to0E":1769990400,"featureE":"ai_coaching","undrawnE":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"beginsE":[1769904000],"scopeTenantC":"acme","from0C":1769904000,"to0C":1769990400,"featureC":"ai_coaching","undrawnC":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"metricC":"productivity_score","beginsC":[1769904000],"from":1769904000000,"fromSeconds":1769904000,"preSeconds":1209600}
