/** Writing calculated days: everything of a day changes in one transaction, or nothing does. */
import type { CostLine } from '../../domain/cost.ts';
import { type ValuedFeature, valuedFeatures } from '../../domain/event.ts';
import { costOf, type RoiCell, totalOf } from '../../domain/roi/cell.ts';
import { CALCULATION_VERSION } from '../../domain/roi/report.ts';
import { tableOf, tableRows } from '../../domain/roi/tables.ts';
import type { RoiDay } from '../../domain/roi/value.ts';
import { usdOfMicros } from '../../domain/roi.ts';
import type { Days } from '../costs.ts';
import type { Database } from '../rules.ts';
import type { Calculation } from './calculate.ts';
import type { Performance } from './performance.ts';

/** Rows of `table` from JSON; columns that a row does not name keep their defaults only if they are not in `columns`. */
async function insert(tx: Database, table: string, rows: readonly object[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first).join(', ');
  await tx.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`, [
    JSON.stringify(rows),
  ]);
}

const cellRow = (cell: RoiCell): object => ({
  date: cell.day,
  tenant_id: cell.tenantId,
  feature_id: cell.featureId,
  usage_count: cell.usage,
  key_metric_n: cell.keyN,
  key_metric_sum: cell.keySum,
  value_usd: usdOfMicros(cell.valueUsdMicros),
  manual_value_usd: usdOfMicros(cell.manualValueUsdMicros),
  direct_cost_usd: usdOfMicros(cell.directCostUsdMicros),
  shared_cost_usd: usdOfMicros(cell.sharedCostUsdMicros),
  common_cost_usd: usdOfMicros(cell.commonCostUsdMicros),
  causal_units: cell.causalUnits,
});

const computed = (now: number): { calculation_version: number; computed_at: string } => ({
  calculation_version: CALCULATION_VERSION,
  computed_at: new Date(now).toISOString(),
});

/** Manual lines stand in the table already, as they were entered. */
function costRows(costs: readonly CostLine[], now: number): object[] {
  const made = costs.filter(({ provenance }) => provenance !== 'manual');
  return made.map(({ day, category, amountUsdMicros, tenantId, featureId, provenance }) => ({
    date: day,
    cost_category: category,
    amount: usdOfMicros(amountUsdMicros),
    currency: 'USD',
    tenant_id: tenantId,
    feature_id: featureId,
    provenance: provenance === 'event' ? 'pipeline' : 'recurring',
    ...computed(now),
  }));
}

async function replaceTable(tx: Database, feature: ValuedFeature, span: Days, { days, rows }: Calculation, now: number): Promise<void> {
  const table = tableOf[feature];
  await tx.query(`DELETE FROM ${table} WHERE provenance = 'pipeline' AND date >= $1 AND date < $2`, [span.from, span.to]);
  const made = tableRows(feature, days, rows).map((row) => ({ ...row, provenance: 'pipeline', ...computed(now) }));
  await insert(tx, table, made);
}

const revenueColumns: Record<ValuedFeature, string> = {
  realtime_intelligence: 'lead_intelligence_revenue',
  property_intelligence: 'property_intelligence_revenue',
  churn_prevention: 'churn_prevention_revenue',
  ai_coaching: 'ai_coaching_revenue',
};

/** What is known of a day beside its cells. Money as text. */
export type DayExtras = {
  performance: Performance | undefined;
  causalUsdMicros: number | null;
  lowerUsdMicros: number | null;
  complete: boolean;
  targetRoiPercent: number;
  timeZone: string;
};

const usdOrNull = (micros: number | null): string | null => (micros === null ? null : usdOfMicros(micros));

function dayRow(day: string, cells: readonly RoiCell[], costs: readonly CostLine[], extras: DayExtras): object {
  const sums = totalOf(cells);
  const spent = (provenance: string): number =>
    costs.reduce((sum, line) => sum + (line.provenance === provenance ? line.amountUsdMicros : 0), 0);
  const worth = (feature: string): number => totalOf(cells.filter(({ featureId }) => featureId === feature)).valueUsdMicros;
  const revenues = valuedFeatures.map((feature) => [revenueColumns[feature], usdOfMicros(worth(feature))] as const);
  const other = sums.valueUsdMicros - valuedFeatures.reduce((sum, feature) => sum + worth(feature), 0);
  const { day: _, ...performance } = extras.performance ?? { day };
  return {
    date: day,
    total_revenue_impact: usdOfMicros(sums.valueUsdMicros),
    total_operating_costs: usdOfMicros(costOf(sums)),
    target_roi_percentage: extras.targetRoiPercent,
    ...Object.fromEntries(revenues),
    other_revenue: usdOfMicros(other),
    causal_revenue_impact: usdOrNull(extras.causalUsdMicros),
    lower_bound_revenue_impact: usdOrNull(extras.lowerUsdMicros),
    manual_revenue_impact: usdOfMicros(sums.manualValueUsdMicros),
    manual_operating_costs: usdOfMicros(spent('manual')),
    recurring_operating_costs: usdOfMicros(spent('recurring')),
    ...performance,
    active_tenants: new Set(cells.filter(({ usage }) => usage > 0).map(({ tenantId }) => tenantId)).size,
    complete: extras.complete,
    time_zone: extras.timeZone,
    provenance: 'pipeline',
  };
}

/** A row that a person entered is never written over. The number of revisions is kept apart, by `reviseDays`. */
async function upsertDays(tx: Database, rows: readonly object[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const names = Object.keys(first);
  const columns = names.join(', ');
  const updates = names.map((name) => `${name} = EXCLUDED.${name}`).join(', ');
  await tx.query(
    `INSERT INTO business_metrics_daily (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::business_metrics_daily, $1::jsonb)
ON CONFLICT (date) DO UPDATE SET ${updates} WHERE business_metrics_daily.provenance = 'pipeline'`,
    [JSON.stringify(rows)],
  );
}

/** Writes what was calculated over what stood there. Run twice, it leaves the same rows. */
export async function storeDays(
  tx: Database,
  span: Days,
  calculation: Calculation,
  extrasOf: (day: RoiDay) => DayExtras,
  now: number,
): Promise<void> {
  const values = [span.from, span.to];
  await tx.query('DELETE FROM roi_feature_daily WHERE date >= $1 AND date < $2', values);
  await insert(tx, 'roi_feature_daily', calculation.cells.map(cellRow));
  for (const feature of valuedFeatures) await replaceTable(tx, feature, span, calculation, now);
  await tx.query("DELETE FROM operating_costs_daily WHERE provenance <> 'manual' AND date >= $1 AND date < $2", values);
  await insert(tx, 'operating_costs_daily', costRows(calculation.costs, now));
  const [cells, costs] = [Map.groupBy(calculation.cells, ({ day }) => day), Map.groupBy(calculation.costs, ({ day }) => day)];
  const rows = calculation.days.map((one) => ({
    ...dayRow(one.day, cells.get(one.day) ?? [], costs.get(one.day) ?? [], extrasOf(one)),
    ...computed(now),
  }));
  await upsertDays(tx, rows);
}
