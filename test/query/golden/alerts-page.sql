SELECT alert_id AS alertId, transition_id AS transitionId, ordinal, rule, rule_version AS ruleVersion, title, severity,
  previous_severity AS previousSeverity, state, transition, reason, scope, tenant, feature, metric, statistic, value, previous_value AS previousValue,
  comparison, threshold, toUnixTimestamp64Milli(window_start) AS windowStart, toUnixTimestamp64Milli(window_end) AS windowEnd, n,
  toUnixTimestamp64Milli(opened_at) AS openedAt, runbook
FROM (
  SELECT * FROM alerts_final
  WHERE tenant = {scopeTenant:String} AND rule = {rule:String} AND opened_at >= fromUnixTimestamp64Milli({openedFrom:Int64}, 'UTC') AND (opened_at, alert_id) < (fromUnixTimestamp64Milli({afterOpenedAt:Int64}, 'UTC'), {afterAlertId:String})
  ORDER BY alert_id, ordinal DESC
  LIMIT 1 BY alert_id
)
WHERE state = {state:String}
ORDER BY opened_at DESC, alert_id DESC
LIMIT {limit:UInt32}
-- {"scopeTenant":"acme","state":"firing","rule":"roi","openedFrom":1,"afterOpenedAt":5,"afterAlertId":"a","limit":101}
