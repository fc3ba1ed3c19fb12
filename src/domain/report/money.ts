/** The money of a report, from what the ROI calculation says of its period, of the period before, and of the days that its trend shows. */

import type { FeatureRoi, RoiReport } from '../roi/report.ts';
import { plusDays } from '../zone.ts';
import type { Amounts, ReportCost, ReportDay, ReportFeature } from './figures.ts';
import { type DayRange, daysOf, type ReportKind } from './period.ts';
import { dollars } from './words.ts';

export type ReportMoney = {
  total: Amounts;
  previousTotal: Amounts;
  days: ReportDay[];
  features: ReportFeature[];
  costs: ReportCost[];
  notes: string[];
};
export type RoiOfPeriods = { period: RoiReport; previous: RoiReport; trend: RoiReport };

/** How many days the trend of a short report shows; longer ones show their own. */
const TREND_DAYS = 28;

/** The days of the trend: never fewer than four weeks, and they end with the period. */
export function trendOf(kind: ReportKind, { from, to }: DayRange): DayRange {
  return kind === 'daily' || kind === 'weekly' ? { from: plusDays(to, -TREND_DAYS), to } : { from, to };
}

const amounts = ({ valueUsdMicros, costUsdMicros }: Amounts): Amounts => ({ valueUsdMicros, costUsdMicros });

/** What a feature is to bring in a year, US dollars; null: nothing is planned. */
export type PlanOf = (feature: string) => ReportFeature['annualTargetUsd'];

function featureOf(feature: FeatureRoi, previous: RoiReport, planOf: PlanOf): ReportFeature {
  const before = previous.features.find((one) => one.feature === feature.feature);
  return {
    feature: feature.feature,
    uses: feature.usage,
    ...amounts(feature),
    previousValueUsdMicros: before?.valueUsdMicros ?? 0,
    causal: feature.causal,
    annualTargetUsd: planOf(feature.feature),
    keyMetric: feature.keyMetric,
  };
}

const keyOf = ({ category, provenance }: { category: string; provenance: string }): string => `${category}|${provenance}`;

/** Categories of both periods, dearest first. */
function costsOf({ period, previous }: RoiOfPeriods): ReportCost[] {
  const names = new Map([...period.categories, ...previous.categories].map((one) => [keyOf(one), one]));
  const amountIn = (report: RoiReport, key: string): number =>
    report.categories.filter((one) => keyOf(one) === key).reduce((sum, one) => sum + one.amountUsdMicros, 0);
  const costs = [...names].map(([key, { category, provenance }]) => ({
    category,
    provenance,
    amountUsdMicros: amountIn(period, key),
    previousUsdMicros: amountIn(previous, key),
  }));
  return costs.sort((a, b) => b.amountUsdMicros - a.amountUsdMicros || (a.category < b.category ? -1 : 1));
}

/** Days of the trend that have no figures are there with nothing, so that a gap is seen as one. */
function daysOfTrend({ trend }: RoiOfPeriods, range: DayRange): ReportDay[] {
  const known = new Map(trend.days.map((day) => [day.day, day]));
  return daysOf(range).map((day) => ({ day, ...amounts(known.get(day) ?? { valueUsdMicros: 0, costUsdMicros: 0 }) }));
}

/** What was not measured has to be said: entered by hand, or estimated; and days that changed after they were over. */
function notesOf({ period }: RoiOfPeriods): string[] {
  const { total, manualCostUsdMicros: cost, recurringCostUsdMicros: estimate, days } = period;
  const manual = [
    ...(total.manualValueUsdMicros === 0 ? [] : [`${dollars(total.manualValueUsdMicros)} of the value`]),
    ...(cost === 0 ? [] : [`${dollars(cost)} of the cost`]),
  ];
  const revised = days.filter(({ revision }) => revision > 0).map(({ day }) => day);
  return [
    ...(manual.length === 0 ? [] : [`Entered by hand: ${manual.join(' and ')}.`]),
    ...(estimate === 0 ? [] : [`Estimated, since nothing better is known: ${dollars(estimate)} of the cost.`]),
    ...(revised.length === 0 ? [] : [`Recalculated after they were over, since late events came in: ${revised.join(', ')}.`]),
  ];
}

export function moneyOf(roi: RoiOfPeriods, trend: DayRange, planOf: PlanOf): ReportMoney {
  return {
    total: amounts(roi.period.total),
    previousTotal: amounts(roi.previous.total),
    days: daysOfTrend(roi, trend),
    features: roi.period.features.map((feature) => featureOf(feature, roi.previous, planOf)),
    costs: costsOf(roi),
    notes: notesOf(roi),
  };
}
