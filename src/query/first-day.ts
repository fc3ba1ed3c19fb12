/** The first day of which anything is known: before it there is nothing to calculate, and no estimate counts. */
import { dayAt } from '../domain/zone.ts';
import type { Database } from './rules.ts';
import type { Rows } from './statement.ts';

type MeasuredDeps = { clickhouse: Rows; config: { timeZone: string } };
type KnownDeps = MeasuredDeps & { postgres: Database; config: { costsRecurringFrom: string } };

/** The first day of which anything is measured, in the installation's zone; null when nothing is. */
export async function firstMeasuredDay({ clickhouse, config }: MeasuredDeps): Promise<string | null> {
  const [row] = await clickhouse.query<{ at: number }>('SELECT toUnixTimestamp(min(bucket)) AS at FROM rollup_1d');
  return row === undefined || row.at === 0 ? null : dayAt(config.timeZone, row.at * 1000);
}

/** Tables that people may write into. */
export const manualTables = [
  'business_metrics_daily',
  'lead_intelligence_metrics',
  'property_intelligence_metrics',
  'churn_prevention_metrics',
  'ai_coaching_metrics',
  'operating_costs_daily',
];

async function firstEnteredDay({ postgres }: KnownDeps): Promise<string | null> {
  const firsts = manualTables.map((table) => `SELECT min(date) AS day FROM ${table} WHERE provenance = 'manual'`);
  const [row] = await postgres.query<{ day: string | null }>(
    `SELECT min(day)::text AS day FROM (${firsts.join(' UNION ALL ')}) AS entered`,
  );
  return row?.day ?? null;
}

/** The first day that was measured, that somebody entered something for, or from which on costs are estimated; null when there is none. */
export async function firstKnownDay(deps: KnownDeps): Promise<string | null> {
  const found = await Promise.all([firstMeasuredDay(deps), firstEnteredDay(deps)]);
  return [...found, deps.config.costsRecurringFrom || null].filter((day) => day !== null).sort()[0] ?? null;
}
