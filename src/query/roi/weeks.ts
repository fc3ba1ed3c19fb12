/** The weekly summaries, written from the stored days. */

import { type Causal, causalOf, causalTotal, type Effect } from '../../domain/roi/causal.ts';
import { costOf, type RoiSums, totalOf } from '../../domain/roi/cell.ts';
import { CALCULATION_VERSION } from '../../domain/roi/report.ts';
import { weekOf } from '../../domain/roi/week.ts';
import { roiPercent, usdOfMicros } from '../../domain/roi.ts';
import type { TargetBook } from '../../domain/target-choice.ts';
import { mondayOf, plusDays } from '../../domain/zone.ts';
import type { Days } from '../costs.ts';
import type { Database } from '../rules.ts';
import { scopeOf } from '../scope.ts';
import { featureSums, storedDays } from './books.ts';

const weekFrom = (monday: string): Days => ({ from: monday, to: plusDays(monday, 7) });

/** The causal figures of a span: each feature's, and together. */
export function causalFigures(effects: readonly Effect[], features: ReadonlyMap<string, RoiSums>): Causal | null {
  const parts = effects.flatMap((effect) => {
    const sums = features.get(effect.featureId);
    const causal = sums === undefined ? null : causalOf(effect, sums.causalUnits);
    return causal === null ? [] : [causal];
  });
  return causalTotal(parts);
}

const featureJson = ([feature, sums]: [string, RoiSums]): object => {
  const cost = costOf(sums);
  const roi = roiPercent(sums.valueUsdMicros, cost);
  return { feature, usage: sums.usage, valueUsd: usdOfMicros(sums.valueUsdMicros), costUsd: usdOfMicros(cost), roiPercent: roi };
};

const upsert = `INSERT INTO roi_weekly_summary (week_start, days_counted, total_revenue_impact, total_operating_costs, target_roi_percentage,
  causal_revenue_impact, lower_bound_revenue_impact, manual_revenue_impact, previous_week_revenue_impact, previous_week_roi_percentage,
  revenue_change_percentage, best_feature, best_feature_revenue_impact, features, complete, provenance, calculation_version, computed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'pipeline', $16, $17)
ON CONFLICT (week_start) DO UPDATE SET (days_counted, total_revenue_impact, total_operating_costs, target_roi_percentage, causal_revenue_impact,
  lower_bound_revenue_impact, manual_revenue_impact, previous_week_revenue_impact, previous_week_roi_percentage, revenue_change_percentage,
  best_feature, best_feature_revenue_impact, features, complete, calculation_version, computed_at) = (EXCLUDED.days_counted,
  EXCLUDED.total_revenue_impact, EXCLUDED.total_operating_costs, EXCLUDED.target_roi_percentage, EXCLUDED.causal_revenue_impact,
  EXCLUDED.lower_bound_revenue_impact, EXCLUDED.manual_revenue_impact, EXCLUDED.previous_week_revenue_impact,
  EXCLUDED.previous_week_roi_percentage, EXCLUDED.revenue_change_percentage, EXCLUDED.best_feature, EXCLUDED.best_feature_revenue_impact,
  EXCLUDED.features, EXCLUDED.complete, EXCLUDED.calculation_version, EXCLUDED.computed_at)
WHERE roi_weekly_summary.provenance = 'pipeline'`;

const usd = (micros: number | null | undefined): string | null => (micros === null || micros === undefined ? null : usdOfMicros(micros));

async function storeWeek(tx: Database, monday: string, effects: readonly Effect[], targets: TargetBook, now: number): Promise<void> {
  const days = await storedDays(tx, weekFrom(monday));
  const features = await featureSums(tx, scopeOf(null), weekFrom(monday));
  const before = await featureSums(tx, scopeOf(null), weekFrom(plusDays(monday, -7)));
  const week = weekOf(features, before.size === 0 ? null : totalOf([...before.values()]));
  const causal = causalFigures(effects, features);
  await tx.query(upsert, [
    monday,
    days.length,
    usdOfMicros(week.sums.valueUsdMicros),
    usdOfMicros(costOf(week.sums)),
    targets('roi_percent', { day: plusDays(monday, 6) }).target,
    usd(causal?.valueUsdMicros),
    usd(causal?.lowUsdMicros),
    usdOfMicros(week.sums.manualValueUsdMicros),
    usd(week.previousValueUsdMicros),
    week.previousRoiPercent,
    week.valueChangePercent,
    week.best?.feature ?? null,
    usd(week.best?.valueUsdMicros),
    JSON.stringify([...features].map(featureJson)),
    days.length === 7 && days.every(({ complete }) => complete),
    CALCULATION_VERSION,
    new Date(now).toISOString(),
  ]);
}

/** Writes the weeks that these days are in, and those after them, which compare themselves with them. */
export async function storeWeeks(
  tx: Database,
  days: readonly string[],
  effects: readonly Effect[],
  targets: TargetBook,
  now: number,
): Promise<void> {
  const mondays = new Set(days.map(mondayOf));
  const following = await tx.query<{ week: string }>(
    'SELECT week_start::text AS week FROM roi_weekly_summary WHERE week_start = ANY($1::date[])',
    [[...mondays].map((monday) => plusDays(monday, 7))],
  );
  for (const monday of [...new Set([...mondays, ...following.map(({ week }) => week)])].sort())
    await storeWeek(tx, monday, effects, targets, now);
}
