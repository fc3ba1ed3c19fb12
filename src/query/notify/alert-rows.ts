/** The alerts of the pipeline in the table that people read with SQL, one row for each; and who has acknowledged one. */
import type { Transition } from '../../domain/alert.ts';
import { alertText } from '../../domain/notify/text.ts';
import type { Database } from '../outbox.ts';
import type { Scope } from '../scope.ts';

const rowsSql = `
INSERT INTO business_impact_alerts AS known (
  alert_id, alert_type, severity, title, message, tenant_id, feature_id, metric_name, metric_value, threshold_value, state, created_at, updated_at, resolved_at, source
)
SELECT alert_id, alert_type, severity, title, message, tenant_id, feature_id, metric_name, metric_value, threshold_value, state, created_at, updated_at, resolved_at, 'pipeline'
FROM jsonb_to_recordset($1::jsonb) AS a (
  alert_id text, alert_type text, severity text, title text, message text, tenant_id text, feature_id text, metric_name text,
  metric_value double precision, threshold_value double precision, state text, created_at timestamptz, updated_at timestamptz, resolved_at timestamptz
)
ON CONFLICT (alert_id) DO UPDATE SET
  severity = excluded.severity, title = excluded.title, message = excluded.message, metric_value = coalesce(excluded.metric_value, known.metric_value),
  threshold_value = excluded.threshold_value, state = excluded.state, updated_at = excluded.updated_at, resolved_at = excluded.resolved_at,
  (acknowledged_at, acknowledged_by) = (
    SELECT known.acknowledged_at, known.acknowledged_by
    WHERE NOT (excluded.severity = 'critical' AND known.severity <> 'critical' OR excluded.state = 'firing' AND known.state = 'resolved')
  )`;

function rowOf(alert: Transition): object {
  const at = (ms: number): string => new Date(ms).toISOString();
  return {
    alert_id: alert.alertId,
    alert_type: alert.rule,
    severity: alert.severity,
    title: alert.title,
    message: alertText(alert),
    tenant_id: alert.tenantId,
    feature_id: alert.featureId,
    metric_name: alert.metric,
    metric_value: alert.value,
    threshold_value: alert.threshold,
    state: alert.state,
    created_at: at(alert.openedAt),
    updated_at: at(alert.windowEnd),
    resolved_at: alert.state === 'resolved' ? at(alert.windowEnd) : null,
  };
}

/** Writes the alerts as they are now. @param alerts at most one transition of each alert */
export async function writeAlertRows(tx: Database, alerts: readonly Transition[]): Promise<void> {
  if (alerts.length > 0) await tx.query(rowsSql, [JSON.stringify(alerts.map(rowOf))]);
}

export type Acknowledgement = { alertId: string; acknowledgedAt: Date; acknowledgedBy: string };

const acknowledgeRowSql = `
UPDATE business_impact_alerts SET acknowledged_at = coalesce(acknowledged_at, $3), acknowledged_by = coalesce(acknowledged_by, $2)
WHERE alert_id = $1 AND ($4::text IS NULL OR tenant_id = $4) AND resolved_at IS NULL
RETURNING alert_id AS "alertId", acknowledged_at AS "acknowledgedAt", acknowledged_by AS "acknowledgedBy"`;

const acknowledgeSql = `
WITH taken AS (
  UPDATE notify_alerts SET acknowledged_at = coalesce(acknowledged_at, $3), acknowledged_by = coalesce(acknowledged_by, $2)
  WHERE alert_id = $1 RETURNING group_key
)
UPDATE notify_groups SET due_at = $3 FROM taken WHERE key = taken.group_key`;

/**
 * Notes that somebody has taken an alert up: it is neither repeated nor escalated any more. Whoever was first stays.
 * @param now milliseconds since 1970
 * @returns null when no such alert fires in this scope
 */
export async function acknowledge(tx: Database, alertId: string, by: string, scope: Scope, now: number): Promise<Acknowledgement | null> {
  const at = new Date(now).toISOString();
  const [row] = await tx.query<Acknowledgement>(acknowledgeRowSql, [alertId, by, at, scope.tenantId]);
  if (row === undefined) return null;
  await tx.query(acknowledgeSql, [alertId, by, at]);
  return row;
}

/** Who has acknowledged which of these alerts, by their ids. The caller has asked within its scope for the alerts themselves. */
export async function acknowledgements(database: Database, alertIds: readonly string[]): Promise<Map<string, Acknowledgement>> {
  const sql = `SELECT alert_id AS "alertId", acknowledged_at AS "acknowledgedAt", acknowledged_by AS "acknowledgedBy"
FROM business_impact_alerts WHERE alert_id = ANY($1) AND acknowledged_at IS NOT NULL`;
  const rows = await database.query<Acknowledgement>(sql, [alertIds]);
  return new Map(rows.map((row) => [row.alertId, row]));
}
