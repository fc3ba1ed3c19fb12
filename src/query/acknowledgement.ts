/** Whether somebody has taken an alert up. */
import type { Scope } from './scope.ts';

type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };
export type Acknowledgement = { acknowledgedAt: Date | null; acknowledgedBy: string | null };

/** Null: the notify stage knows no such alert in this scope. */
export async function acknowledgementOf(database: Database, scope: Scope, alertId: string): Promise<Acknowledgement | null> {
  const [row] = await database.query<Acknowledgement>(
    `SELECT acknowledged_at AS "acknowledgedAt", acknowledged_by AS "acknowledgedBy"
FROM business_impact_alerts WHERE alert_id = $1 AND ($2::text IS NULL OR tenant_id = $2)`,
    [alertId, scope.tenantId],
  );
  return row ?? null;
}
