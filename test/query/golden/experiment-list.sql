SELECT feature, groupArray(variant) AS variants, groupArray(n) AS exposures,
  toString(toDate(min(first))) AS firstDay, toString(toDate(max(last))) AS lastDay
FROM (
  SELECT feature, variant, toFloat64(sum(parts.n)) AS n, min(bucket) AS first, max(bucket) AS last
  FROM rollup_1d_active AS parts
  WHERE tenant = {scopeTenant:String} AND metric = 'exposure' AND variant != ''
  GROUP BY feature, variant
  ORDER BY feature, variant
)
GROUP BY feature
ORDER BY feature
-- {"scopeTenant":"acme"}
