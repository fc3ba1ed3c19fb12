/** A report as data: JSON, CSV, and the export of the first dashboard. Money is decimal text with six places, never a float. */
import type { Report } from '../report.ts';
import { roiPercent, usdOfMicros } from '../roi.ts';
import { plusDays } from '../zone.ts';
import type { Amounts, ReportFeature } from './figures.ts';
import { reportTitle } from './layout.ts';
import type { Outlook } from './outlook.ts';

const iso = (at: number): string => new Date(at).toISOString();
const usd = (micros: number): string => usdOfMicros(Math.round(micros));

const money = ({ valueUsdMicros, costUsdMicros }: Amounts) => ({
  valueUsd: usd(valueUsdMicros),
  costUsd: usd(costUsdMicros),
  netUsd: usd(valueUsdMicros - costUsdMicros),
  roiPercent: roiPercent(valueUsdMicros, costUsdMicros),
});

const featureData = ({ feature, uses, previousValueUsdMicros, causal, annualTargetUsd, keyMetric, ...amounts }: ReportFeature) => ({
  feature,
  uses,
  ...money(amounts),
  previousValueUsd: usd(previousValueUsdMicros),
  causalUsd: causal && { value: usd(causal.valueUsdMicros), low: usd(causal.lowUsdMicros), high: usd(causal.highUsdMicros) },
  lowerBoundUsd: causal && usd(causal.lowUsdMicros),
  annualTargetUsd: annualTargetUsd && {
    conservative: usd(annualTargetUsd.conservative * 1e6),
    optimistic: usd(annualTargetUsd.optimistic * 1e6),
  },
  keyMetric,
});

const rangeData = ({ expected, low, high }: Outlook['value']) => ({ expected: usd(expected), low: usd(low), high: usd(high) });

/** Days as the calendar has them; `to` is not part of the period. */
export function reportData(report: Report) {
  const { kind, period, previous, zone, at, complete, tenantId, summary, advice, roi, quality } = report;
  return {
    kind,
    date: period.from,
    title: reportTitle(report),
    period: { ...period, timeZone: zone, complete },
    previousPeriod: previous,
    generatedAt: iso(at),
    tenant: tenantId,
    summary,
    recommendations: advice,
    roiTarget: roi,
    total: money(report.total),
    previousTotal: money(report.previousTotal),
    days: report.days.map(({ day, ...amounts }) => ({ date: day, ...money(amounts) })),
    features: report.features.map(featureData),
    costs: report.costs.map(({ category, provenance, amountUsdMicros, previousUsdMicros }) => ({
      category,
      provenance,
      amountUsd: usd(amountUsdMicros),
      previousUsd: usd(previousUsdMicros),
    })),
    targets: report.targets,
    experiments: report.experiments,
    rollouts: report.rollouts,
    stageChanges: report.stageChanges.map((change) => ({ ...change, at: iso(change.at) })),
    alerts: report.alerts.map((alert) => ({ ...alert, openedAt: iso(alert.openedAt) })),
    dataQuality: quality && { ...quality, dataThrough: quality.dataThrough === null ? null : iso(quality.dataThrough) },
    outlook: report.outlook && {
      days: report.outlook.days,
      historyDays: report.outlook.historyDays,
      valueUsd: rangeData(report.outlook.value),
      costUsd: rangeData(report.outlook.cost),
      roiPercent: report.outlook.roiPercent,
    },
    notes: report.notes,
  };
}

/** A number of whole cents, as the first dashboard wrote amounts. */
const cents = (micros: number): number => (Math.sign(micros) * Math.round(Math.abs(micros) / 10_000)) / 100 || 0;
const wholePercent = (amounts: Amounts): number | null => {
  const reached = roiPercent(amounts.valueUsdMicros, amounts.costUsdMicros);
  return reached === null ? null : Math.round(reached * 100) / 100;
};

/** What "Export Report" of the first dashboard gave: the day, value and ROI of each feature, ROI of all. The day is the last of the period. */
export function dashboardExport({ period, features, total }: Report) {
  const entries = features.map((feature) => [
    feature.feature,
    { revenue_impact: cents(feature.valueUsdMicros), roi_percentage: wholePercent(feature) },
  ]);
  return { date: plusDays(period.to, -1), features: Object.fromEntries(entries), total_roi: wholePercent(total) };
}

/** A text that a spreadsheet would run as a formula is made to stand as text. */
const csvCell = (value: string | number | null): string => {
  const text = value === null ? '' : typeof value === 'string' && /^[=+@\t\r]|^-(?![\d.]+$)/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

type CsvRow = [section: string, name: string, value: string | null, cost: string | null, roi: number | null, previous: string | null];

/** One line for each amount: the total, every feature, every category of cost, every day. */
export function reportCsv(report: Report): string {
  const line = (section: string, name: string, amounts: Amounts, previous: string | null): CsvRow => {
    const { valueUsd, costUsd, roiPercent: reached } = money(amounts);
    return [section, name, valueUsd, costUsd, reached, previous];
  };
  const rows: CsvRow[] = [
    line('total', 'total', report.total, usd(report.previousTotal.valueUsdMicros)),
    ...report.features.map((one) => line('feature', one.feature, one, usd(one.previousValueUsdMicros))),
    ...report.costs.map((one): CsvRow => ['cost', one.category, null, usd(one.amountUsdMicros), null, usd(one.previousUsdMicros)]),
    ...report.days.map((one) => line('day', one.day, one, null)),
  ];
  const head = 'section,name,value_usd,cost_usd,roi_percent,previous_usd';
  return `${[head, ...rows.map((row) => row.map(csvCell).join(','))].join('\n')}\n`;
}
