SELECT stage, variant, sumForEach(seen) AS exposed, sumForEach(doubled) AS crossed, toFloat64(countIf(first < {from:Int64})) AS carried,
  sumForEach(counted) AS n, sumForEach(own) AS sum, sumForEach(arrayMap(v -> v * v, own)) AS sumSquares,
  sumForEach(other) AS otherSum, sumForEach(arrayMap(v -> v * v, other)) AS otherSumSquares, sumForEach(arrayMap((v, w) -> v * w, own, other)) AS crossSum
FROM (
  SELECT stage, variant, first,
    arrayMap((till, look) -> toFloat64(first < till AND NOT crossed), {looks:Array(Int64)}, arrayEnumerate({looks:Array(Int64)})) AS seen,
    arrayMap((till, look) -> toFloat64(first < till AND crossed), {looks:Array(Int64)}, arrayEnumerate({looks:Array(Int64)})) AS doubled,
    arrayMap((till, look) -> toFloat64(first < till AND NOT crossed AND (n_post[look] > 0 OR other_post[look] != 0)), {looks:Array(Int64)}, arrayEnumerate({looks:Array(Int64)})) AS counted,
    arrayMap((till, look) -> if(first < till AND NOT crossed AND (n_post[look] > 0 OR other_post[look] != 0), sum_post[look], 0.), {looks:Array(Int64)}, arrayEnumerate({looks:Array(Int64)})) AS own,
    arrayMap((till, look) -> if(first < till AND NOT crossed AND (n_post[look] > 0 OR other_post[look] != 0), other_post[look], 0.), {looks:Array(Int64)}, arrayEnumerate({looks:Array(Int64)})) AS other
  FROM (
    SELECT unit, any(u.stage) AS stage, any(u.variant) AS variant, any(u.first) AS first, any(u.crossed) AS crossed,
      sumForEach(arrayMap(till -> toFloat64(arraySum((b, v, w) -> if(b > own AND b < till, v + w, if(b = own AND b < till, w, 0)), begins, n_before, n_after)), {lookEnds:Array(UInt32)})) AS n_post,
      sumForEach(arrayMap(till -> toFloat64(arraySum((b, v, w) -> if(b > own AND b < till, v + w, if(b = own AND b < till, w, 0)), begins, sum_before, sum_after)), {lookEnds:Array(UInt32)})) AS sum_post,
      sumForEach(arrayMap(till -> toFloat64(arraySum((b, v, w) -> if(b > own AND b < till, v + w, if(b = own AND b < till, w, 0)), begins, other_before, other_after)), {lookEnds:Array(UInt32)})) AS other_post
    FROM (
      SELECT unit, arrayMap(build -> transform(build, arrayMap(build -> toUInt64(build), {cellBuilds:Array(String)}), arrayMap(build -> toUInt32(bitShiftRight(build, 32)), arrayMap(build -> toUInt64(build), {cellBuilds:Array(String)})), toUInt32(0)), builds) AS begins,
      n_before, n_after, sum_before, sum_after, other_before, other_after
    FROM experiment_cells WHERE series = cityHash64({cellSeries:String})
    ) AS c
    RIGHT JOIN (
      SELECT unit, argMin(e.variant, e.first) AS variant, argMin(e.stage, e.first) AS stage, min(e.first) AS first,
        min(e.least) AS lowest, max(e.most) AS highest, lowest != highest AS crossed,
        if(first < {from:Int64}, toUInt32({fromSeconds:UInt32} - 1), argMin(begin, e.first)) AS own,
        if(first < {from:Int64}, toUInt32(4294967295), toUInt32(intDiv(first, 86400000) * 86400 - {preSeconds:UInt32})) AS since
      FROM (
        SELECT unit, toUInt32(bitShiftRight(build, 32)) AS begin, first, variant, stage, least, most
    FROM experiment_exposures WHERE series = cityHash64({exposureSeries:String}) AND build IN arrayMap(build -> toUInt64(build), {exposureBuilds:Array(String)})
      ) AS e
      GROUP BY unit
    ) AS u USING (unit)
    GROUP BY unit
  ) AS units
)
GROUP BY stage, variant
ORDER BY stage, variant
SETTINGS join_algorithm = 'hash', group_by_two_level_threshold = 1000, group_by_two_level_threshold_bytes = 1000000
-- {"exposureSeries":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],null]","exposureBuilds":["7602794921308356615"],"cellSeries":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],[\"errors\",\"visits\"]]","cellBuilds":["7602794921308356615"],"from":1769904000000,"fromSeconds":1769904000,"preSeconds":0,"lookEnds":[1769990400,1770076800,1770163200],"looks":[1769990400000,1770076800000,1770163200000]}
