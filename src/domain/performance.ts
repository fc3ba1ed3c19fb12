/** The live performance of the services: each watched figure over a day, what it is now, and how that stands to its target. */
import type { ReportTarget } from './report-figures.ts';
import { type Actuals, type TargetState, targetState, type WatchedMetric, watchedMetrics } from './report-targets.ts';
import { uptimeSignal } from './signal.ts';

/** Adoption is of features, not of services. */
export type PerformanceMetric = Exclude<WatchedMetric, 'adoption_percent'>;
const isPerformance = (metric: WatchedMetric): metric is PerformanceMetric => metric !== 'adoption_percent';
export const performanceMetrics = watchedMetrics.filter(isPerformance);

const ERRORS = 'request_error';

/** The stored metric that a figure is made of. */
export const measuredBy = (metric: PerformanceMetric): string => (metric.endsWith('_latency_ms') ? metric : ERRORS);
export const measuredMetrics = [...new Set(performanceMetrics.map(measuredBy))];

/** Sums of one stored metric in one step; `at` is the first minute of it that holds any, ms. */
export type PerformanceRow = { at: number; metric: string; n: number; sum: number; up: number; minutes: number };

export type PerformancePoint = { at: number; value: number | null };
export type Performance = {
  metric: PerformanceMetric;
  /** Latencies and errors: the mean of the last step that holds any. Uptime: of the whole span. Null: nothing was measured. */
  value: number | null;
  /** One for each step of the span. */
  points: PerformancePoint[];
};

const percentUp = (rows: readonly PerformanceRow[]): number | null => {
  const [up, minutes] = rows.reduce(([ups, all], row) => [ups + row.up, all + row.minutes], [0, 0] as [number, number]);
  return uptimeSignal({ up, minutes })[0]?.value ?? null;
};

/** A share is told in percent. */
const meanOf = (metric: PerformanceMetric, { sum, n }: PerformanceRow): number => (sum / n) * (metric === 'error_rate_percent' ? 100 : 1);

/** @param span whole steps, ms */
export function performanceOf(rows: readonly PerformanceRow[], span: { from: number; to: number; stepMs: number }): Performance[] {
  const steps = Array.from({ length: Math.round((span.to - span.from) / span.stepMs) }, (_, i) => span.from + i * span.stepMs);
  return performanceMetrics.map((metric) => {
    const own = rows.filter((row) => row.metric === measuredBy(metric) && row.n > 0);
    const figureOf = (row: PerformanceRow): number | null => (metric === 'uptime_percent' ? percentUp([row]) : meanOf(metric, row));
    const byStep = new Map(own.map((row) => [Math.floor((row.at - span.from) / span.stepMs), figureOf(row)]));
    const points = steps.map((at, i) => ({ at, value: byStep.get(i) ?? null }));
    const last = points.findLast(({ value }) => value !== null)?.value ?? null;
    return { metric, value: metric === 'uptime_percent' ? percentUp(own) : last, points };
  });
}

/** What `targetsOf` holds against the targets. */
export const actualsOf = (performance: readonly Performance[]): Actuals => ({
  ...(Object.fromEntries(performance.map(({ metric, value }) => [metric, value])) as Record<PerformanceMetric, number | null>),
  adoption_percent: null,
});

export type Judged = Performance & Omit<ReportTarget, 'metric' | 'actual'> & { state: TargetState };

/** Each figure with its target and how it stands to it. */
export function judged(performance: readonly Performance[], targets: readonly ReportTarget[]): Judged[] {
  return performance.flatMap((one) => {
    const target = targets.find(({ metric }) => metric === one.metric);
    if (target === undefined) return [];
    const { title, unit, better, target: goal, warning, critical } = target;
    return [{ ...one, title, unit, better, target: goal, warning, critical, state: targetState(target) }];
  });
}
