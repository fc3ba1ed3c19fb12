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
    SELECT f.first != 0 AS known, if(known, 0, r.first) AS start, if(known, f.stage, r.stage) AS stage, if(known, f.variant, r.variant) AS variant,
      if(known, f.first, r.first) AS first,
      if(known, f.least != f.most OR (r.draws > 0 AND (r.least != f.least OR r.most != f.least)), r.least != r.most) AS crossed,
      f.n_post + toFloat64(arrayCount(t -> t >= start, times)) AS n_post,
      f.n_pre + if(known, 0., toFloat64(arrayCount(t -> t < start, times)) - if(r.first >= {secondDay:Int64}, f.n_oldest, 0.)) AS n_pre,
      f.sum_post + toFloat64(arraySum((t, v) -> if(t >= start, v, 0), times, taken)) AS sum_post,
      f.sum_pre + if(known, 0., toFloat64(arraySum((t, v) -> if(t < start, v, 0), times, taken)) - if(r.first >= {secondDay:Int64}, f.sum_oldest, 0.)) AS sum_pre,
      f.positive_post + toFloat64(arrayCount((t, v) -> t >= start AND v > 0, times, taken)) AS positive_post,
      f.positive_pre + if(known, 0., toFloat64(arrayCount((t, v) -> t < start AND v > 0, times, taken)) - if(r.first >= {secondDay:Int64}, f.positive_oldest, 0.)) AS positive_pre, f.other_post + 0. AS other_post
    FROM (
      SELECT * EXCEPT (series, build, kept_on) FROM experiment_units WHERE series = cityHash64({unitSeries:String}) AND build = toUInt64({unitBuild:String})
    ) AS f
    FULL JOIN (
      SELECT unit, argMinIf(events.variant, at, drawn) AS variant, argMinIf(stage, at, drawn) AS stage, minIf(at, drawn) AS first, countIf(drawn) AS draws,
        minIf(events.variant, drawn) AS least, maxIf(events.variant, drawn) AS most, groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken
      FROM (
        SELECT cityHash64(user_id) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawn:Array(String)} AS drawn,
          has(metrics, {metric:String}) AND NOT exposure AS measured, values[indexOf(metrics, {metric:String})] AS value
        FROM events_active
        WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND user_id != ''
          AND minute >= toDateTime({from0:UInt32}, 'UTC') AND minute < toDateTime({to0:UInt32}, 'UTC')
          AND (kind = 'flag-exposures' OR has(metrics, {metric:String}))
      ) AS events
      GROUP BY unit
    ) AS r USING (unit)
    WHERE f.first != 0 OR r.draws > 0
  ) AS units
)
GROUP BY stage, variant
ORDER BY stage, variant
SETTINGS join_algorithm = 'hash'
-- {"scopeTenant":"acme","from0":1770076800,"to0":1770163200,"feature":"ai_coaching","undrawn":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"metric":"productivity_score","unitSeries":"units of these","unitBuild":"7603536974762377216","secondDay":1770163200000,"from":1769904000000}
