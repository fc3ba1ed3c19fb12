/** Value, cost and ROI of a period, from sums over its rollups. Money is in integer millionths of a US dollar. */
import { type ValuedFeature, valuedFeatures } from './event.ts';
import { roiPercent, SECONDS_PER_YEAR, satisfactionValueMicros } from './roi.ts';
import { annualTargetUsd, type KeyMetric, keyMetrics, meetsTarget } from './target.ts';

/** Sums of one (feature, metric); satisfaction comes one row a tenant, because its worth is that of each tenant's own mean. */
export type ImpactRow = { feature: string; metric: string; n: number; sum: number; valueUsdMicros: number };

/** The period, ms; `to` is not part of it. */
export type Period = { from: number; to: number };

export type Money = { valueUsdMicros: number; costUsdMicros: number; netUsdMicros: number; roiPercent: number | null };
export type KeyFigure = KeyMetric & { mean: number | null; met: boolean | null };
export type FeatureImpact = Money & {
  feature: string;
  /** How often it was used: measurements of the key metric; for features without one, of all metrics but cost. */
  n: number;
  annualisedValueUsdMicros: number;
  annualTargetUsd: { conservative: number; optimistic: number } | null;
  keyMetric: KeyFigure | null;
};
/** The total's `n` is the usage of the valued features: what others measure cannot be added to it. */
export type Impact = { total: Money & { n: number; annualisedValueUsdMicros: number }; features: FeatureImpact[] };

const COST = 'cost_usd';
const SATISFACTION = 'match_satisfaction_score';

const isValued = (feature: string): feature is ValuedFeature => (valuedFeatures as readonly string[]).includes(feature);
const seconds = ({ from, to }: Period): number => (to - from) / 1000;
const total = <T>(items: readonly T[], size: (item: T) => number): number => items.reduce((sum, item) => sum + size(item), 0);

/** Costs are stored as negative value; everything else is value as it stands. */
function valueOfRow(row: ImpactRow, period: Period): number {
  if (row.metric === COST) return 0;
  const satisfaction = row.metric === SATISFACTION ? satisfactionValueMicros(row.n, row.sum, seconds(period)) : 0;
  return row.valueUsdMicros + satisfaction;
}

function money(rows: readonly ImpactRow[], period: Period): Money {
  const valueUsdMicros = total(rows, (row) => valueOfRow(row, period));
  const costUsdMicros = total(rows, (row) => (row.metric === COST ? -row.valueUsdMicros : 0));
  return {
    valueUsdMicros,
    costUsdMicros,
    netUsdMicros: valueUsdMicros - costUsdMicros,
    roiPercent: roiPercent(valueUsdMicros, costUsdMicros),
  };
}

/** What the value would come to in a year at this rate. */
const annualised = (valueUsdMicros: number, period: Period): number => Math.round((valueUsdMicros * SECONDS_PER_YEAR) / seconds(period));

function keyFigure(key: KeyMetric, rows: readonly ImpactRow[]): KeyFigure {
  const n = total(rows, (row) => row.n);
  const mean = n === 0 ? null : total(rows, (row) => row.sum) / n;
  return { ...key, mean, met: mean === null ? null : meetsTarget(key, mean) };
}

function featureImpact(feature: string, rows: readonly ImpactRow[], period: Period): FeatureImpact {
  const key = isValued(feature) ? keyMetrics[feature] : null;
  const usage = rows.filter(({ metric }) => (key === null ? metric !== COST : metric === key.metric));
  const figures = money(rows, period);
  return {
    feature,
    n: total(usage, (row) => row.n),
    ...figures,
    annualisedValueUsdMicros: annualised(figures.valueUsdMicros, period),
    annualTargetUsd: isValued(feature) ? annualTargetUsd[feature] : null,
    keyMetric: key === null ? null : keyFigure(key, usage),
  };
}

/**
 * The four valued features always, in their order, then by name every other that earned or cost something.
 * Shared costs stand under the feature that the events name, "platform" as a rule; they count in the total, and are not spread over the others.
 */
export function impactOf(rows: readonly ImpactRow[], period: Period): Impact {
  const others = [...new Set(rows.map(({ feature }) => feature))].filter((feature) => !isValued(feature)).sort();
  const features = [...valuedFeatures, ...others].map((feature) =>
    featureImpact(
      feature,
      rows.filter((row) => row.feature === feature),
      period,
    ),
  );
  const shown = features.filter((one) => isValued(one.feature) || one.valueUsdMicros !== 0 || one.costUsdMicros !== 0);
  const figures = money(rows, period);
  const usage = total(features, ({ feature, n }) => (isValued(feature) ? n : 0));
  const whole = { n: usage, ...figures, annualisedValueUsdMicros: annualised(figures.valueUsdMicros, period) };
  return { total: whole, features: shown };
}
