SELECT stage, variant, sumForEach(seen) AS exposed, sumForEach(doubled) AS crossed, toFloat64(countIf(first < {from:Int64})) AS carried,
  sumForEach(counted) AS n, sumForEach(own) AS sum, sumForEach(arrayMap(v -> v * v, own)) AS sumSquares,
  sumForEach(other) AS otherSum, sumForEach(arrayMap(v -> v * v, other)) AS otherSumSquares, sumForEach(arrayMap((v, w) -> v * w, own, other)) AS crossSum
FROM (
  SELECT stage, variant, first,
    [toFloat64(NOT crossed)] AS seen,
    [toFloat64(crossed)] AS doubled,
    [toFloat64(NOT crossed AND (1))] AS counted,
    [if(NOT crossed AND (1), toFloat64(positive_post > 0), 0.)] AS own,
    [if(NOT crossed AND (1), toFloat64(positive_pre > 0), 0.)] AS other
  FROM (
    SELECT *, least != most AS crossed FROM (SELECT * EXCEPT (series, build, kept_on) FROM experiment_units WHERE series = cityHash64({unitSeries:String}) AND build = toUInt64({unitBuild:String})) WHERE first != 0
  ) AS units
)
GROUP BY stage, variant
ORDER BY stage, variant
SETTINGS join_algorithm = 'hash'
-- {"unitSeries":"units of these","unitBuild":"7603536974762377216","secondDay":1770249600000,"from":1769904000000}
