SELECT alert_id AS alertId, transition_id AS transitionId, ordinal, rule, rule_version AS ruleVersion, title, severity,
  previous_severity AS previousSeverity, state, transition, reason, scope, tenant, feature, metric, statistic, value, previous_value AS previousValue,
  comparison, threshold, toUnixTimestamp64Milli(window_start) AS windowStart, toUnixTimestamp64Milli(window_end) AS windowEnd, n,
  toUnixTimestamp64Milli(opened_at) AS openedAt, runbook
FROM alerts_final
WHERE tenant = {scopeTenant:String} AND alert_id = {alertId:String}
ORDER BY ordinal DESC
LIMIT 10000
-- {"scopeTenant":"acme","alertId":"a"}
