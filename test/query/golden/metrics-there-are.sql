SELECT feature, metric, toFloat64(sum(parts.n)) AS n, toString(toDate(min(bucket))) AS firstDay, toString(toDate(max(bucket))) AS lastDay
FROM rollup_1d_active AS parts
WHERE tenant = {scopeTenant:String}
GROUP BY feature, metric
ORDER BY feature, metric
-- {"scopeTenant":"acme"}
