WITH arrayMap(unit -> toFloat64(arrayCount(v -> v <= value, unit)), byUnit) AS below,
  arrayMap(unit -> toFloat64(length(unit)), byUnit) AS sizes, {distanceOfOne:Float64} / sqrt(size) AS distance
SELECT stage, variant, toFloat64(size) AS values, ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64}) * size))))] AS value, toFloat64(length(byUnit)) AS n,
  arraySum(below) AS sum, arraySum(v -> v * v, below) AS sumSquares,
  arraySum(sizes) AS otherSum, arraySum(v -> v * v, sizes) AS otherSumSquares, arraySum((v, w) -> v * w, below, sizes) AS crossSum,
  [ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[1]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[2]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[3]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[4]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[5]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[6]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[7]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[8]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[9]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[10]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[11]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[12]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[13]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[14]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[15]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[16]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} - distance * {rungs:Array(Float64)}[17]) * size))))]] AS lower,
  [ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[1]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[2]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[3]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[4]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[5]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[6]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[7]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[8]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[9]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[10]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[11]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[12]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[13]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[14]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[15]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[16]) * size))))],
    ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(({level:Float64} + distance * {rungs:Array(Float64)}[17]) * size))))]] AS upper
FROM (
  SELECT stage, variant, groupArray(mine) AS byUnit, arraySort(arrayFlatten(byUnit)) AS ordered, length(ordered) AS size
  FROM (
    SELECT stage, variant, crossed, arrayFilter((v, t) -> t >= start, taken, times) AS mine FROM (
      SELECT argMinIf(events.variant, at, drawn) AS variant, argMinIf(stage, at, drawn) AS stage, minIf(at, drawn) AS first,
        minIf(events.variant, drawn) != maxIf(events.variant, drawn) AS crossed, greatest(first, {from:Int64}) AS start,
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
      GROUP BY unit
      HAVING countIf(drawn) > 0
    ) AS units
  )
  WHERE NOT crossed AND notEmpty(mine)
  GROUP BY stage, variant
)
ORDER BY stage, variant
-- {"scopeTenant":"acme","from0":1769904000,"to0":1770163200,"feature":"ai_coaching","undrawn":["not_ready","unknown_flag","archived","disabled","deny_list","allow_list","internal","not_internal","targeting","targeting_error","tenant_percentage","outside_percentage","no_unit","ga","STATIC","DEFAULT","TARGETING_MATCH","DISABLED","ERROR"],"metric":"api_latency_ms","oneIn":4,"from":1769904000000,"level":0.95,"rungs":[1,1.4142135623730951,2,2.8284271247461903,4,5.656854249492381,8,11.313708498984761,16,22.627416997969522,32,45.254833995939045,64,90.50966799187809,128,181.01933598375618,256],"distanceOfOne":0.42716424707947087}
