/** What the checklists are judged by: plain figures, gathered once. */
import type { TargetMetric, TargetValues } from '../target-metrics.ts';

/** One day of a period that is over. */
export type KpiDay = {
  day: string;
  valueUsdMicros: number;
  costUsdMicros: number;
  /** Whether its final calculation is stored. */
  calculated: boolean;
};

/** A performance metric on one day. */
export type KpiMeasure = { day: string; metric: TargetMetric; n: number; mean: number };

/** A report that was due: made, passed over, or (null) not accounted for. */
export type KpiReport = { kind: string; date: string; outcome: 'made' | 'skipped' | null; deadMessages: number };

export type KpiAlert = { rule: string; title: string; metric: string; openedAt: number };

export type KpiAttestation = { met: boolean; note: string; by: string; at: number };

export type KpiFacts = {
  /** Days of the period that are over, oldest first. */
  days: readonly KpiDay[];
  /** Whether today has been calculated at all. */
  todayCalculated: boolean;
  measures: readonly KpiMeasure[];
  /** Share of minutes with requests that were up, percent; null without requests. */
  uptimePercent: number | null;
  /** Share of the users of the last week who used each feature, percent. */
  adoption: readonly { feature: string; percent: number; users: number }[];
  criticalAlerts: readonly KpiAlert[];
  reports: readonly KpiReport[];
  dashboard: { answers: boolean; seen: string };
  /** Age of the newest stored minute, ms; null when a day was silent. */
  dataAgeMs: number | null;
  targets: Partial<Record<TargetMetric, TargetValues>>;
};
