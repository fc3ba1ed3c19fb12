/** What a report is made of: the figures of a period beside those of the period before. */
import type { KeyFigure } from '../impact.ts';
import type { Severity } from '../rule.ts';
import type { Outlook } from './outlook.ts';
import type { DayRange, ReportKind } from './period.ts';

/** Money in integer millionths of a US dollar. */
export type Amounts = { valueUsdMicros: number; costUsdMicros: number };
export type ReportDay = Amounts & { day: string };

/** What experiments show that a feature is worth: the estimate and its interval. */
export type CausalFigure = { valueUsdMicros: number; lowUsdMicros: number; highUsdMicros: number };

/**
 * Three figures: observed (`valueUsdMicros`, by the formulas against the baselines), causal (from experiments; null without one), and the lower
 * bound, which is the low end of the causal interval.
 */
export type ReportFeature = Amounts & {
  feature: string;
  uses: number;
  previousValueUsdMicros: number;
  causal: CausalFigure | null;
  annualTargetUsd: { conservative: number; optimistic: number } | null;
  keyMetric: KeyFigure | null;
};

/** `provenance`: where the amount comes from, for example events, manual rows or a recurring estimate. */
export type ReportCost = { category: string; provenance: string; amountUsdMicros: number; previousUsdMicros: number };

/** A performance target; `actual` is null where nothing was measured. `better`: which way is good. */
export type ReportTarget = {
  metric: string;
  title: string;
  unit: string;
  better: 'higher' | 'lower';
  target: number;
  warning: number | null;
  critical: number | null;
  actual: number | null;
};

/** `lift` and its interval are shares (0.1 is 10 %), the interval that of the policy. */
export type ReportExperiment = {
  feature: string;
  stage: string | null;
  metric: string;
  units: { control: number; treatment: number };
  lift: number | null;
  liftInterval: readonly [number, number] | null;
  recommendation: 'roll_forward' | 'continue' | 'rollback';
  reason: string;
};

/** A change of a flag's stage in the period; `at` in milliseconds since 1970. */
export type StageChange = { flagId: string; featureId: string; at: number; by: string; reason: string; from: string; to: string };
export type ReportRollout = { flagId: string; featureId: string; stage: string };

export type ReportAlert = {
  id: string;
  rule: string;
  title: string;
  severity: Severity | string;
  firing: boolean;
  tenant: string;
  feature: string;
  value: number | null;
  threshold: number;
  openedAt: number;
};

/** `source`: a kind of event. `n`: measurements. */
export type ReportSource = { source: string; n: number; previousN: number };

/** What came less often than this may stay out for a period by chance. */
const REGULAR = 20;
/** Whether a source that sends regularly has sent nothing. */
export const isMissing = ({ n, previousN }: ReportSource): boolean => n === 0 && previousN >= REGULAR;

export type ReportQuality = {
  sources: ReportSource[];
  late: number;
  deadLetters: { reason: string; n: number }[];
  /** The newest minute that holds an event, ms; null when there is none. */
  dataThrough: number | null;
};

/** What the report is made of. Figures of the whole platform are null for a report about one tenant. */
export type ReportFigures = {
  kind: ReportKind;
  period: DayRange;
  previous: DayRange;
  zone: string;
  /** When the figures were seen, ms. */
  at: number;
  /** False while the period is still going on. */
  complete: boolean;
  /** How much of the period is over, days. */
  elapsedDays: number;
  tenantId: string | null;
  roi: { targetPercent: number; warningPercent: number; criticalPercent: number };
  total: Amounts;
  previousTotal: Amounts;
  days: ReportDay[];
  features: ReportFeature[];
  costs: ReportCost[];
  targets: ReportTarget[] | null;
  experiments: ReportExperiment[];
  rollouts: ReportRollout[];
  stageChanges: StageChange[];
  alerts: ReportAlert[];
  quality: ReportQuality | null;
  /** Null where it cannot be told, or says nothing of this period. */
  outlook: Outlook | null;
  /** What the reader has to know about how the figures were made. */
  notes: string[];
};

/** What each category costs, however that is known: an estimate and the invoice that takes its place are one cost. */
export const costsByCategory = (costs: readonly ReportCost[]): Omit<ReportCost, 'provenance'>[] =>
  [...Map.groupBy(costs, ({ category }) => category)].map(([category, parts]) => ({
    category,
    amountUsdMicros: parts.reduce((sum, one) => sum + one.amountUsdMicros, 0),
    previousUsdMicros: parts.reduce((sum, one) => sum + one.previousUsdMicros, 0),
  }));
