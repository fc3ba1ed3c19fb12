/** The ROI of a span of days, with everything that a reader needs to trust it. Money is in integer millionths of a US dollar. */
import type { CostProvenance } from '../cost.ts';
import { valuedFeatures } from '../event.ts';
import { roiPercent } from '../roi.ts';
import { type KeyMetric, keyMetrics, meetsTarget } from '../target.ts';
import { type Causal, causalOf, causalTotal, type Effect } from './causal.ts';
import { addSums, costOf, noSums, type RoiSums } from './cell.ts';
import { type Projected, type Projections, platformRange, projectedFor } from './projection.ts';
import { isValued } from './value.ts';

/** Raised when a formula changes, so that stored figures say by which they were made. */
export const CALCULATION_VERSION = 1;

export type CategoryCost = { category: string; provenance: CostProvenance; amountUsdMicros: number };

export type RoiFigures = RoiSums & {
  costUsdMicros: number;
  netUsdMicros: number;
  roiPercent: number | null;
  annualisedValueUsdMicros: number;
};
export type FeatureRoi = RoiFigures & {
  feature: string;
  keyMetric: (KeyMetric & { mean: number | null; met: boolean | null }) | null;
  /** The experiment's effect in money; null while no experiment shows one. */
  causal: Causal | null;
  effect: Effect | null;
  conservative: Projected | null;
  optimistic: Projected | null;
};
export type DayRoi = RoiFigures & { day: string; complete: boolean; revision: number; provenance: 'pipeline' | 'manual' };

export type RoiReport = {
  /** First and last day, both part of it. */
  from: string;
  to: string;
  days: DayRoi[];
  complete: boolean;
  total: RoiFigures & {
    causal: Causal | null;
    conservative: Projected;
    optimistic: Projected;
    targetRoiPercent: number;
    targetMet: boolean | null;
  };
  features: FeatureRoi[];
  categories: CategoryCost[];
  manualCostUsdMicros: number;
  recurringCostUsdMicros: number;
};

/** What a report is made of; `features` has sums over the whole span. `elapsedDays`: how much time it covers, days. */
export type RoiParts = {
  from: string;
  to: string;
  elapsedDays: number;
  features: ReadonlyMap<string, RoiSums>;
  days: readonly { day: string; sums: RoiSums; complete: boolean; revision: number; provenance: 'pipeline' | 'manual' }[];
  categories: readonly CategoryCost[];
  effects: readonly Effect[];
  projections: Projections;
  targetRoiPercent: number;
};

function figuresOf(sums: RoiSums, elapsedDays: number): RoiFigures {
  const costUsdMicros = costOf(sums);
  return {
    ...sums,
    costUsdMicros,
    netUsdMicros: sums.valueUsdMicros - costUsdMicros,
    roiPercent: roiPercent(sums.valueUsdMicros, costUsdMicros),
    annualisedValueUsdMicros: elapsedDays > 0 ? Math.round((sums.valueUsdMicros * 365) / elapsedDays) : 0,
  };
}

function keyFigure(feature: string, { keyN, keySum }: RoiSums): FeatureRoi['keyMetric'] {
  if (!isValued(feature)) return null;
  const key = keyMetrics[feature];
  const mean = keyN === 0 ? null : keySum / keyN;
  return { ...key, mean, met: mean === null ? null : meetsTarget(key, mean) };
}

function featureRoi(feature: string, sums: RoiSums, { elapsedDays, effects, projections }: RoiParts): FeatureRoi {
  const effect = effects.find(({ featureId }) => featureId === feature) ?? null;
  const range = isValued(feature) ? projections[feature] : null;
  const projected = (usd: number | undefined): Projected | null =>
    usd === undefined ? null : projectedFor(usd, elapsedDays, costOf(sums));
  return {
    feature,
    ...figuresOf(sums, elapsedDays),
    keyMetric: keyFigure(feature, sums),
    causal: effect === null ? null : causalOf(effect, sums.causalUnits),
    effect,
    conservative: projected(range?.conservative),
    optimistic: projected(range?.optimistic),
  };
}

/** The four valued features always, in their order, then by name whatever else earned or cost something. */
function featureNames(features: ReadonlyMap<string, RoiSums>): string[] {
  const counts = ({ valueUsdMicros, ...sums }: RoiSums): boolean => valueUsdMicros !== 0 || costOf({ ...sums, valueUsdMicros }) !== 0;
  const others = [...features].filter(([name, sums]) => !isValued(name) && counts(sums)).map(([name]) => name);
  return [...valuedFeatures, ...others.sort()];
}

/** The total's use is that of the valued features: what others count cannot be added to it. */
function totalSums(features: ReadonlyMap<string, RoiSums>): RoiSums {
  const all = [...features.values()].reduce(addSums, noSums);
  const used = valuedFeatures.reduce((sum, feature) => addSums(sum, features.get(feature) ?? noSums), noSums);
  return { ...all, usage: used.usage };
}

const known = (categories: readonly CategoryCost[], provenance: CostProvenance): number =>
  categories.reduce((sum, one) => sum + (one.provenance === provenance ? one.amountUsdMicros : 0), 0);

/** Puts the report together. */
export function roiReport(parts: RoiParts): RoiReport {
  const { from, to, elapsedDays, projections, targetRoiPercent } = parts;
  const features = featureNames(parts.features).map((name) => featureRoi(name, parts.features.get(name) ?? noSums, parts));
  const figures = figuresOf(totalSums(parts.features), elapsedDays);
  const range = platformRange(projections);
  return {
    from,
    to,
    days: parts.days.map(({ sums, ...day }) => ({ ...day, ...figuresOf(sums, 1) })),
    complete: parts.days.every(({ complete }) => complete),
    total: {
      ...figures,
      causal: causalTotal(features.flatMap(({ causal }) => (causal === null ? [] : [causal]))),
      conservative: projectedFor(range.conservative, elapsedDays, figures.costUsdMicros),
      optimistic: projectedFor(range.optimistic, elapsedDays, figures.costUsdMicros),
      targetRoiPercent,
      targetMet: figures.roiPercent === null ? null : figures.roiPercent >= targetRoiPercent,
    },
    features,
    categories: [...parts.categories],
    manualCostUsdMicros: known(parts.categories, 'manual'),
    recurringCostUsdMicros: known(parts.categories, 'recurring'),
  };
}
