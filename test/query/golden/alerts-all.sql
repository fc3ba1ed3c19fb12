SELECT alert_id AS alertId, transition_id AS transitionId, ordinal, rule, rule_version AS ruleVersion, title, severity,
  previous_severity AS previousSeverity, state, transition, reason, scope, tenant, feature, metric, statistic, value, previous_value AS previousValue,
  comparison, threshold, toUnixTimestamp64Milli(window_start) AS windowStart, toUnixTimestamp64Milli(window_end) AS windowEnd, n,
  toUnixTimestamp64Milli(opened_at) AS openedAt, runbook
FROM (
  SELECT * FROM alerts_final
  WHERE 1
  ORDER BY alert_id, ordinal DESC
  LIMIT 1 BY alert_id
)
WHERE 1
ORDER BY opened_at DESC, alert_id DESC
LIMIT {limit:UInt32}
-- {"limit":101}
