INSERT INTO experiment_units (series, build, unit, first, variant, stage, least, most, n_post, n_pre, n_oldest, sum_post, sum_pre, sum_oldest, positive_post, positive_pre, positive_oldest, other_post)
  SELECT cityHash64({series:String}), toUInt64({build:String}), unit, any(first), any(variant), any(stage), any(lowest), any(highest),
    sum(toFloat64(arraySum((b, v, w) -> if(b > own, v + w, if(b = own, w, 0)), begins, n_before, n_after))) AS n_post,
    sum(toFloat64(arraySum((b, v, w) -> if(b < own AND b >= since, v + w, if(b = own, v, 0)), begins, n_before, n_after))) AS n_pre,
    if(any(first) = 0, sum(toFloat64(arraySum((b, v, w) -> if(b >= {sinceSeconds:UInt32} AND b < {sinceSeconds:UInt32} + 86400, v + w, 0), begins, n_before, n_after))), 0) AS n_oldest,
    sum(toFloat64(arraySum((b, v, w) -> if(b > own, v + w, if(b = own, w, 0)), begins, sum_before, sum_after))) AS sum_post,
    sum(toFloat64(arraySum((b, v, w) -> if(b < own AND b >= since, v + w, if(b = own, v, 0)), begins, sum_before, sum_after))) AS sum_pre,
    if(any(first) = 0, sum(toFloat64(arraySum((b, v, w) -> if(b >= {sinceSeconds:UInt32} AND b < {sinceSeconds:UInt32} + 86400, v + w, 0), begins, sum_before, sum_after))), 0) AS sum_oldest,
    sum(toFloat64(arraySum((b, v, w) -> if(b > own, v + w, if(b = own, w, 0)), begins, positive_before, positive_after))) AS positive_post,
    sum(toFloat64(arraySum((b, v, w) -> if(b < own AND b >= since, v + w, if(b = own, v, 0)), begins, positive_before, positive_after))) AS positive_pre,
    if(any(first) = 0, sum(toFloat64(arraySum((b, v, w) -> if(b >= {sinceSeconds:UInt32} AND b < {sinceSeconds:UInt32} + 86400, v + w, 0), begins, positive_before, positive_after))), 0) AS positive_oldest, sum(toFloat64(arraySum((b, v, w) -> if(b > own, v + w, if(b = own, w, 0)), begins, other_before, other_after))) AS other_post
  FROM (
    SELECT c.* EXCEPT (unit), u.* EXCEPT (unit), unit,
      if(first = 0, toUInt32(4294967295), ownBegin) AS own, if(first = 0, {sinceSeconds:UInt32}, ownSince) AS since
    FROM (
      SELECT unit, arrayMap(build -> transform(build, arrayMap(build -> toUInt64(build), {cellBuilds:Array(String)}), arrayMap(build -> toUInt32(bitShiftRight(build, 32)), arrayMap(build -> toUInt64(build), {cellBuilds:Array(String)})), toUInt32(0)), builds) AS begins,
      n_before, n_after, sum_before, sum_after, positive_before, positive_after, other_before, other_after
    FROM experiment_cells WHERE series = cityHash64({cellSeries:String})
    ) AS c
    FULL JOIN (
      SELECT unit, variant, stage, first, lowest, highest, own AS ownBegin, since AS ownSince FROM (
      SELECT unit, argMin(e.variant, e.first) AS variant, argMin(e.stage, e.first) AS stage, min(e.first) AS first,
        min(e.least) AS lowest, max(e.most) AS highest, lowest != highest AS crossed,
        if(first < {from:Int64}, toUInt32({fromSeconds:UInt32} - 1), argMin(begin, e.first)) AS own,
        if(first < {from:Int64}, toUInt32(4294967295), toUInt32(intDiv(first, 86400000) * 86400 - {preSeconds:UInt32})) AS since
      FROM (
        SELECT unit, toUInt32(bitShiftRight(build, 32)) AS begin, first, variant, stage, least, most
    FROM experiment_exposures WHERE series = cityHash64({exposureSeries:String}) AND build IN arrayMap(build -> toUInt64(build), {exposureBuilds:Array(String)})
      ) AS e
      GROUP BY unit
      )
    ) AS u USING (unit)
  )
  GROUP BY unit
  HAVING any(first) != 0 OR n_pre > 0
  SETTINGS join_algorithm = 'hash'
-- {"exposureSeries":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],null]","exposureBuilds":["7601679797059584007"],"cellSeries":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],[\"productivity_score\",null]]","cellBuilds":["7601679797059584007"],"series":"units of these","build":"7603536974762377216","from":1769904000000,"fromSeconds":1769904000,"preSeconds":1209600,"sinceSeconds":1768867200}
