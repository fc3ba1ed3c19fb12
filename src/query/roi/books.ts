/** The stored cells: reading them whole, or added up by feature and by day. */
import type { RoiCell, RoiSums } from '../../domain/roi/cell.ts';
import type { Days } from '../costs.ts';
import type { Database } from '../rules.ts';
import type { Scope } from '../scope.ts';

/** Micros travel as bigint, exact. */
const micros = (column: string, name: string): string => `(sum(${column}) * 1000000)::bigint AS "${name}"`;

const sums = `sum(usage_count)::bigint AS usage, sum(key_metric_n)::bigint AS "keyN", sum(key_metric_sum) AS "keySum",
  ${micros('value_usd', 'valueUsdMicros')}, ${micros('manual_value_usd', 'manualValueUsdMicros')},
  ${micros('direct_cost_usd', 'directCostUsdMicros')}, ${micros('shared_cost_usd', 'sharedCostUsdMicros')},
  ${micros('common_cost_usd', 'commonCostUsdMicros')}, sum(causal_units) AS "causalUnits"`;

const scoped = 'date >= $1 AND date < $2 AND ($3::text IS NULL OR tenant_id = $3)';

/** Where sums over tenants come from: everyone's are kept ready, a tenant's own are added up. */
function bookOf(scope: Scope, { from, to }: Days): { cells: string; costs: string; within: string; values: readonly unknown[] } {
  const within = 'date >= $1 AND date < $2';
  if (scope.tenantId === null) return { cells: 'roi_feature_totals', costs: 'operating_cost_totals', within, values: [from, to] };
  const values = [from, to, scope.tenantId];
  return { cells: 'roi_feature_daily', costs: 'operating_costs_daily', within: `${within} AND tenant_id = $3`, values };
}

/** Sums of bigint come as text where they may be beyond a double's whole numbers. */
const summed = (row: RoiSums): RoiSums => ({
  usage: Number(row.usage),
  keyN: Number(row.keyN),
  keySum: row.keySum,
  valueUsdMicros: Number(row.valueUsdMicros),
  manualValueUsdMicros: Number(row.manualValueUsdMicros),
  directCostUsdMicros: Number(row.directCostUsdMicros),
  sharedCostUsdMicros: Number(row.sharedCostUsdMicros),
  commonCostUsdMicros: Number(row.commonCostUsdMicros),
  causalUnits: row.causalUnits,
});

/** What all tenants share is theirs who see all tenants. */
const seen = (row: RoiSums, scope: Scope): RoiSums => ({
  ...summed(row),
  ...(scope.tenantId === null ? {} : { commonCostUsdMicros: 0 }),
});

const valuesOf = ({ from, to }: Days, scope: Scope): readonly unknown[] => [from, to, scope.tenantId];

/** One sum for each feature. */
export async function featureSums(postgres: Database, scope: Scope, span: Days): Promise<Map<string, RoiSums>> {
  const { cells, within, values } = bookOf(scope, span);
  const text = `SELECT feature_id AS feature, ${sums} FROM ${cells} WHERE ${within} GROUP BY feature_id ORDER BY feature_id`;
  const rows = await postgres.query<RoiSums & { feature: string }>(text, values);
  return new Map(rows.map((row) => [row.feature, seen(row, scope)]));
}

/** One sum for each day and one for each feature, of the same cells. */
export async function sumsOfDays(
  postgres: Database,
  scope: Scope,
  span: Days,
): Promise<{ days: Map<string, RoiSums>; features: Map<string, RoiSums> }> {
  const { cells, within, values } = bookOf(scope, span);
  const text = `SELECT date::text AS day, feature_id AS feature, ${sums} FROM ${cells}
WHERE ${within} GROUP BY GROUPING SETS ((date), (feature_id)) ORDER BY day, feature`;
  const rows = await postgres.query<RoiSums & { day: string | null; feature: string | null }>(text, values);
  const [days, features] = [new Map<string, RoiSums>(), new Map<string, RoiSums>()];
  for (const row of rows) (row.day === null ? features : days).set(row.day ?? row.feature ?? '', seen(row, scope));
  return { days, features };
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

/** What was spent by category; a tenant sees its own only. */
export async function storedCategories(
  postgres: Database,
  scope: Scope,
  span: Days,
): Promise<{ category: string; provenance: 'pipeline' | 'manual' | 'recurring'; amountUsdMicros: number }[]> {
  const { costs, within, values } = bookOf(scope, span);
  const rows = await postgres.query<{ category: string; provenance: 'pipeline' | 'manual' | 'recurring'; amount: number | string }>(
    `SELECT cost_category AS category, provenance, (sum(amount) * 1000000)::bigint AS amount FROM ${costs}
WHERE ${within} GROUP BY cost_category, provenance ORDER BY cost_category, provenance`,
    values,
  );
  return rows.map(({ amount, ...row }) => ({ ...row, amountUsdMicros: Number(amount) }));
}
