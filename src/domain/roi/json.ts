/** A report as programs get it: money as decimal text, exact. */
import { usdOfMicros } from '../roi.ts';
import type { Causal } from './causal.ts';
import { type PropertyRange, propertyNote } from './projection.ts';
import { CALCULATION_VERSION, type DayRoi, type FeatureRoi, type RoiFigures, type RoiReport } from './report.ts';
import type { SharingKey } from './sharing.ts';

/** How the report was made, for the notes that go with it. */
export type RoiSettings = { timeZone: string; roiSharedCosts: SharingKey; roiPropertyProjection: PropertyRange };

const spreading: Record<SharingKey, string> = {
  value: 'by what they earned',
  usage: 'by how often they were used',
  even: 'evenly',
};

/** What a reader has to know of the figures. */
export function notesOf(report: RoiReport, { roiSharedCosts, roiPropertyProjection }: RoiSettings): string[] {
  const { causal } = report.total;
  return [
    propertyNote(roiPropertyProjection),
    `Costs that name no feature are spread over the features in use, ${spreading[roiSharedCosts]} (ROI_SHARED_COSTS).`,
    ...(causal === null ? ['No experiment shows yet what is caused: observed values are against the baselines of the documents.'] : []),
    ...(report.total.manualValueUsdMicros !== 0
      ? [`${usdOfMicros(report.total.manualValueUsdMicros)} USD of the value was entered by hand.`]
      : []),
    ...(report.manualCostUsdMicros !== 0 ? [`${usdOfMicros(report.manualCostUsdMicros)} USD of the costs was entered by hand.`] : []),
    ...(report.recurringCostUsdMicros !== 0
      ? [`${usdOfMicros(report.recurringCostUsdMicros)} USD of the costs is estimated (COSTS_RECURRING).`]
      : []),
    ...(report.complete ? [] : ['The period is not over: satisfaction and estimated costs count for the time that has passed.']),
  ];
}

const moneyText = (figures: RoiFigures) => ({
  usage: figures.usage,
  valueUsd: usdOfMicros(figures.valueUsdMicros),
  manualValueUsd: usdOfMicros(figures.manualValueUsdMicros),
  costUsd: usdOfMicros(figures.costUsdMicros),
  directCostUsd: usdOfMicros(figures.directCostUsdMicros),
  sharedCostUsd: usdOfMicros(figures.sharedCostUsdMicros + figures.commonCostUsdMicros),
  netUsd: usdOfMicros(figures.netUsdMicros),
  roiPercent: figures.roiPercent,
});

/** The three figures: what is observed, what is caused, and what is caused at least. */
const threeFigures = (observedUsdMicros: number, causal: Causal | null) => ({
  observedUsd: usdOfMicros(observedUsdMicros),
  causalUsd: causal === null ? null : usdOfMicros(causal.valueUsdMicros),
  lowerBoundUsd: causal === null ? null : usdOfMicros(causal.lowUsdMicros),
  upperBoundUsd: causal === null ? null : usdOfMicros(causal.highUsdMicros),
});

const projectedText = (one: { valueUsdMicros: number; roiPercent: number | null } | null) =>
  one === null ? null : { valueUsd: usdOfMicros(one.valueUsdMicros), roiPercent: one.roiPercent };

const featureText = (one: FeatureRoi) => ({
  feature: one.feature,
  ...moneyText(one),
  ...threeFigures(one.valueUsdMicros, one.causal),
  annualisedValueUsd: usdOfMicros(one.annualisedValueUsdMicros),
  keyMetric: one.keyMetric,
  conservative: projectedText(one.conservative),
  optimistic: projectedText(one.optimistic),
  experiment: one.effect,
});

const dayText = ({ day, complete, revision, provenance, ...figures }: DayRoi) => ({
  date: day,
  ...moneyText(figures),
  complete,
  revision,
  provenance,
});

export function roiJson(report: RoiReport, settings: RoiSettings) {
  const { total } = report;
  return {
    period: { from: report.from, to: report.to, timeZone: settings.timeZone, days: report.days.length, complete: report.complete },
    currency: 'USD' as const,
    calculationVersion: CALCULATION_VERSION,
    total: {
      ...moneyText(total),
      ...threeFigures(total.valueUsdMicros, total.causal),
      annualisedValueUsd: usdOfMicros(total.annualisedValueUsdMicros),
      manualCostUsd: usdOfMicros(report.manualCostUsdMicros),
      recurringCostUsd: usdOfMicros(report.recurringCostUsdMicros),
      targetRoiPercent: total.targetRoiPercent,
      targetMet: total.targetMet,
      conservative: projectedText(total.conservative),
      optimistic: projectedText(total.optimistic),
    },
    features: report.features.map(featureText),
    costs: report.categories.map(({ category, provenance, amountUsdMicros }) => ({
      category,
      provenance,
      amountUsd: usdOfMicros(amountUsdMicros),
    })),
    days: report.days.map(dayText),
    notes: notesOf(report, settings),
  };
}

export type RoiJson = ReturnType<typeof roiJson>;
