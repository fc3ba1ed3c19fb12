SELECT stage, variant, sumForEach(seen) AS exposed, sumForEach(doubled) AS crossed, toFloat64(countIf(first < {from:Int64})) AS carried,
  sumForEach(counted) AS n, sumForEach(own) AS sum, sumForEach(arrayMap(v -> v * v, own)) AS sumSquares,
  sumForEach(other) AS otherSum, sumForEach(arrayMap(v -> v * v, other)) AS otherSumSquares, sumForEach(arrayMap((v, w) -> v * w, own, other)) AS crossSum
FROM (
  SELECT stage, variant, first,
    [toFloat64(NOT crossed)] AS seen,
    [toFloat64(crossed)] AS doubled,
    [toFloat64(NOT crossed AND (arrayCount(t -> t >= start, times) > 0 OR arraySum((t, v) -> if(t >= start, v, 0), otherTimes, otherValues) != 0))] AS counted,
    [if(NOT crossed AND (arrayCount(t -> t >= start, times) > 0 OR arraySum((t, v) -> if(t >= start, v, 0), otherTimes, otherValues) != 0), arraySum((t, v) -> if(t >= start, v, 0), times, taken), 0.)] AS own,
    [if(NOT crossed AND (arrayCount(t -> t >= start, times) > 0 OR arraySum((t, v) -> if(t >= start, v, 0), otherTimes, otherValues) != 0), arraySum((t, v) -> if(t >= start, v, 0), otherTimes, otherValues), 0.)] AS other
  FROM (
    SELECT argMinIf(events.variant, at, drawn) AS variant, argMinIf(stage, at, drawn) AS stage, minIf(at, drawn) AS first,
        minIf(events.variant, drawn) != maxIf(events.variant, drawn) AS crossed, greatest(first, {from:Int64}) AS start,
        groupArrayIf(at, measured) AS times, groupArrayIf(value, measured) AS taken,
        groupArrayIf(at, dividing) AS otherTimes, groupArrayIf(divisor, dividing) AS otherValues
      FROM (
        SELECT cityHash64(entity_id) AS unit, variant, toUnixTimestamp64Milli(occurred_at) AS at, kind = 'flag-exposures' AS exposure,
          if(exposure, attributes['rollout_stage'], '') AS stage,
          exposure AND variant != '' AND attributes['reason'] NOT IN {undrawn:Array(String)} AS drawn,
          has(metrics, {metric:String}) AND NOT exposure AS measured, values[indexOf(metrics, {metric:String})] AS value,
          has(metrics, {denominator:String}) AND NOT exposure AS dividing, values[indexOf(metrics, {denominator:String})] AS divisor
        FROM events_active
        WHERE tenant = {scopeTenant:String} AND feature = {feature:String} AND entity_id != ''
          AND minute >= toDateTime({from0:UInt32}, 'UTC') AND minute < toDateTime({to0:UInt32}, 'UTC')
          AND (kind = 'flag-exposures' OR has(metrics, {metric:String}) OR has(metrics, {denominator:String}))
      ) AS events
      GROUP BY unit
      HAVING countIf(drawn) > 0
  ) AS units
)
GROUP BY stage, variant
ORDER BY stage, variant
-- {"scopeTenant":"acme","from0":1769904000,"to0":1770163200,"feature":"ai_coaching","undrawn":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"metric":"errors","denominator":"visits","from":1769904000000}
