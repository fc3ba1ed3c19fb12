/** The product's checklists for its first week, month and quarter: each line, and how it is judged. */
import { plusDays } from './zone.ts';

export const kpiPeriods = ['week-1', 'month-1', 'quarter-1'] as const;
export type KpiPeriod = (typeof kpiPeriods)[number];

/** How long each period is, counted from the day on which the product went live. */
export const kpiDays: Record<KpiPeriod, number> = { 'week-1': 7, 'month-1': 30, 'quarter-1': 90 };

/**
 * `person`: no machine can judge it, so somebody attests it, by name.
 * `title` is the line as the product's first document has it.
 */
export type KpiLine = { id: string; period: KpiPeriod; title: string; judgedBy: 'machine' | 'person' };

export const kpiLines = [
  { id: 'roi-operational', period: 'week-1', title: 'ROI calculation system operational', judgedBy: 'machine' },
  { id: 'dashboard-updating', period: 'week-1', title: 'Dashboard accessible and updating', judgedBy: 'machine' },
  { id: 'daily-reports', period: 'week-1', title: 'Daily reports generating successfully', judgedBy: 'machine' },
  { id: 'no-critical-alerts', period: 'week-1', title: 'No critical alerts triggered', judgedBy: 'machine' },
  { id: 'performance-acceptable', period: 'week-1', title: 'All performance metrics within acceptable ranges', judgedBy: 'machine' },
  { id: 'roi-above-500', period: 'month-1', title: 'Consistent ROI above 500%', judgedBy: 'machine' },
  { id: 'adoption-above-60', period: 'month-1', title: 'All features adopted at >60% rate', judgedBy: 'machine' },
  { id: 'performance-targets', period: 'month-1', title: 'Performance targets consistently met', judgedBy: 'machine' },
  { id: 'reporting-functional', period: 'month-1', title: 'Automated reporting fully functional', judgedBy: 'machine' },
  { id: 'stakeholder-confidence', period: 'month-1', title: 'Stakeholder confidence in metrics', judgedBy: 'person' },
  { id: 'roi-above-710', period: 'quarter-1', title: 'ROI consistently above 710% target', judgedBy: 'machine' },
  { id: 'adoption-above-80', period: 'quarter-1', title: 'All features adopted at >80% rate', judgedBy: 'machine' },
  { id: 'no-critical-performance', period: 'quarter-1', title: 'Zero critical performance issues', judgedBy: 'machine' },
  { id: 'impact-validated', period: 'quarter-1', title: 'Business impact validated and documented', judgedBy: 'person' },
  { id: 'scale-ready', period: 'quarter-1', title: 'System ready for scale-up', judgedBy: 'person' },
] as const satisfies readonly KpiLine[];
export type KpiId = (typeof kpiLines)[number]['id'];

/** Lines that a person attests. */
export const attestedLines = kpiLines.filter(({ judgedBy }) => judgedBy === 'person').map(({ id }) => id);

/**
 * `met` and `missed` as of now, also while the period goes on. `pending`: nothing there yet to judge by.
 * `attested` and `denied`: what a person said; `unattested`: nobody has said anything.
 */
export const kpiStates = ['met', 'missed', 'pending', 'attested', 'denied', 'unattested'] as const;
export type KpiState = (typeof kpiStates)[number];

export type KpiVerdict = { state: KpiState; evidence: string };
export type KpiResult = KpiLine & KpiVerdict;

export type KpiChecklist = {
  period: KpiPeriod;
  /** First and last day. */
  from: string;
  to: string;
  /** Whether its last day is over. */
  complete: boolean;
  lines: KpiResult[];
};

/** The days of a period that are over or have begun. Null when it has not begun. */
export function kpiSpan(
  period: KpiPeriod,
  since: string,
  today: string,
): { from: string; to: string; last: string; complete: boolean } | null {
  const last = plusDays(since, kpiDays[period] - 1);
  if (since > today) return null;
  return { from: since, to: last < today ? last : today, last, complete: last < today };
}
