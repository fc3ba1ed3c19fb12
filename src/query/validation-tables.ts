/** The same to Postgres: what the tables that people read hold. Dates are business days. */
import type { BusinessDay } from '../domain/validate/days.ts';
import type { AlertCount } from '../domain/validate/machine.ts';

export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };
type Days = { from: string; to: string };

/** Figures of each day. @param days `to` is not part of it */
export const businessDays = (database: Database, { from, to }: Days): Promise<BusinessDay[]> =>
  database.query(
    'SELECT date::text AS date, total_revenue_impact, net_roi_percentage FROM business_metrics_daily WHERE date >= $1 AND date < $2 ORDER BY date DESC',
    [from, to],
  );

export async function daysWithCosts(database: Database, { from, to }: Days): Promise<string[]> {
  const rows = await database.query<{ date: string }>(
    'SELECT DISTINCT date::text AS date FROM operating_costs_daily WHERE date >= $1 AND date < $2 AND amount <> 0 ORDER BY date',
    [from, to],
  );
  return rows.map(({ date }) => date);
}

/** @param range milliseconds since 1970 */
export const alertCounts = (database: Database, range: { from: number; to: number }): Promise<AlertCount[]> =>
  database.query(
    'SELECT alert_type, count(*) AS count FROM business_impact_alerts WHERE created_at >= $1 AND created_at < $2 GROUP BY alert_type ORDER BY alert_type',
    [new Date(range.from), new Date(range.to)],
  );

/** Those of the alerts that are on record. */
export async function recordedAlerts(database: Database, ids: readonly string[]): Promise<Set<string>> {
  const rows = await database.query<{ id: string }>('SELECT alert_id AS id FROM business_impact_alerts WHERE alert_id = ANY($1)', [ids]);
  return new Set(rows.map(({ id }) => id));
}

export async function isReplaying(database: Database): Promise<boolean> {
  return (await database.query(`SELECT FROM replays WHERE state = 'building'`)).length > 0;
}
