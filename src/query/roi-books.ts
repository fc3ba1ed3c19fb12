/** The stored cells: reading them whole, or added up by feature and by day. */
import { noSums, type RoiCell, type RoiSums } from '../domain/roi-cell.ts';
import type { Days } from './costs.ts';
import type { Database } from './rules.ts';
import type { Scope } from './scope.ts';

/** Micros travel as bigint, exact. */
const micros = (column: string, name: string): string => `(sum(${column}) * 1000000)::bigint AS "${name}"`;

const sums = `sum(usage_count)::bigint AS usage, sum(key_metric_n)::bigint AS "keyN", sum(key_metric_sum) AS "keySum",
  ${micros('value_usd', 'valueUsdMicros')}, ${micros('manual_value_usd', 'manualValueUsdMicros')},
  ${micros('direct_cost_usd', 'directCostUsdMicros')}, ${micros('shared_cost_usd', 'sharedCostUsdMicros')},
  ${micros('common_cost_usd', 'commonCostUsdMicros')}, sum(causal_units) AS "causalUnits"`;

const scoped = 'date >= $1 AND date < $2 AND ($3::text IS NULL OR tenant_id = $3)';

const summed = (row: RoiSums): RoiSums =>
  Object.fromEntries(Object.keys(noSums).map((name) => [name, Number(row[name as keyof RoiSums])])) as RoiSums;

/** What all tenants share is theirs who see all tenants. */
const seen = (row: RoiSums, scope: Scope): RoiSums => ({
  ...summed(row),
  ...(scope.tenantId === null ? {} : { commonCostUsdMicros: 0 }),
});

const valuesOf = ({ from, to }: Days, scope: Scope): readonly unknown[] => [from, to, scope.tenantId];

/** One sum for each feature. */
export async function featureSums(postgres: Database, scope: Scope, span: Days): Promise<Map<string, RoiSums>> {
  const text = `SELECT feature_id AS feature, ${sums} FROM roi_feature_daily WHERE ${scoped} GROUP BY feature_id ORDER BY feature_id`;
  const rows = await postgres.query<RoiSums & { feature: string }>(text, valuesOf(span, scope));
  return new Map(rows.map((row) => [row.feature, seen(row, scope)]));
}

/** One sum for each day and feature: what both the days and the features of a report add up from. */
export async function dayFeatureSums(
  postgres: Database,
  scope: Scope,
  span: Days,
): Promise<{ day: string; feature: string; sums: RoiSums }[]> {
  const text = `SELECT date::text AS day, feature_id AS feature, ${sums} FROM roi_feature_daily
WHERE ${scoped} GROUP BY date, feature_id ORDER BY date, feature_id`;
  const rows = await postgres.query<RoiSums & { day: string; feature: string }>(text, valuesOf(span, scope));
  return rows.map((row) => ({ day: row.day, feature: row.feature, sums: seen(row, scope) }));
}

/** Every cell of a span, by day, tenant and feature. */
export async function storedCells(postgres: Database, scope: Scope, span: Days): Promise<RoiCell[]> {
  const text = `SELECT date::text AS day, tenant_id AS "tenantId", feature_id AS "featureId", ${sums} FROM roi_feature_daily
WHERE ${scoped} GROUP BY date, tenant_id, feature_id ORDER BY date, tenant_id, feature_id`;
  const rows = await postgres.query<RoiCell>(text, valuesOf(span, scope));
  return rows.map((row) => ({ day: row.day, tenantId: row.tenantId, featureId: row.featureId, ...seen(row, scope) }));
}

export type StoredDay = { day: string; complete: boolean; revision: number; provenance: 'pipeline' | 'manual'; computedAt: Date };

/** The days that have been calculated or entered by hand. */
export async function storedDays(postgres: Database, { from, to }: Days): Promise<StoredDay[]> {
  return postgres.query<StoredDay>(
    `SELECT date::text AS day, complete, revision, provenance, computed_at AS "computedAt" FROM business_metrics_daily
WHERE date >= $1 AND date < $2 ORDER BY date`,
    [from, to],
  );
}

/** What was spent by category; `tenant` sees its own only. */
export async function storedCategories(
  postgres: Database,
  scope: Scope,
  { from, to }: Days,
): Promise<{ category: string; provenance: 'pipeline' | 'manual' | 'recurring'; amountUsdMicros: number }[]> {
  const rows = await postgres.query<{ category: string; provenance: 'pipeline' | 'manual' | 'recurring'; amount: number | string }>(
    `SELECT cost_category AS category, provenance, (sum(amount) * 1000000)::bigint AS amount FROM operating_costs_daily
WHERE ${scoped} GROUP BY cost_category, provenance ORDER BY cost_category, provenance`,
    valuesOf({ from, to }, scope),
  );
  return rows.map(({ amount, ...row }) => ({ ...row, amountUsdMicros: Number(amount) }));
}
