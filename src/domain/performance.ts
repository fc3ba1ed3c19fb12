/** The live performance of the services: each watched figure over a day, what it is now, and how that stands to its target. */
import type { ReportTarget } from './report/figures.ts';
import { type Actuals, type TargetState, targetState, type WatchedMetric, watchedMetrics } from './report/targets.ts';
import { type UptimeRow, uptimeSignal } from './signal.ts';

/** Adoption is of features, not of services. */
export type PerformanceMetric = Exclude<WatchedMetric, 'adoption_percent'>;
const isPerformance = (metric: WatchedMetric): metric is PerformanceMetric => metric !== 'adoption_percent';
export const performanceMetrics = watchedMetrics.filter(isPerformance);

export const ERRORS = 'request_error';
const HOUR_MS = 3_600_000;

/** The stored metric that a figure is made of. */
export const measuredBy = (metric: PerformanceMetric): string => (metric.endsWith('_latency_ms') ? metric : ERRORS);
export const measuredMetrics = [...new Set(performanceMetrics.map(measuredBy))];

/** Sums of one stored metric in the hour that begins at `at`, ms. */
export type PerformanceRow = { at: number; metric: string; n: number; sum: number };
/** How many of the hour's minutes with requests were up. */
export type UpRow = UptimeRow & { at: number };
export type PerformanceRows = { sums: readonly PerformanceRow[]; ups: readonly UpRow[] };

export type Performance = {
  metric: PerformanceMetric;
  /** Latencies and errors: the mean of the last hour that holds any. Uptime: of the whole span. Null: nothing was measured. */
  value: number | null;
  /** One for each hour of the span. */
  points: { at: number; value: number | null }[];
};

const percentUp = (rows: readonly UpRow[]): number | null => {
  const sum = (pick: (row: UpRow) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  return uptimeSignal({ up: sum(({ up }) => up), minutes: sum(({ minutes }) => minutes) })[0]?.value ?? null;
};

/** What is known of a figure, by the begin of the hour; a share is told in percent. */
function knownOf(metric: PerformanceMetric, { sums, ups }: PerformanceRows): Map<number, number | null> {
  if (metric === 'uptime_percent') return new Map(ups.map((row) => [row.at, percentUp([row])]));
  const factor = metric === 'error_rate_percent' ? 100 : 1;
  const own = sums.filter((row) => row.metric === measuredBy(metric) && row.n > 0);
  return new Map(own.map(({ at, sum, n }) => [at, (sum / n) * factor]));
}

/** @param span whole hours, ms */
export function performanceOf(rows: PerformanceRows, span: { from: number; to: number }): Performance[] {
  const hours = Array.from({ length: Math.round((span.to - span.from) / HOUR_MS) }, (_, i) => span.from + i * HOUR_MS);
  return performanceMetrics.map((metric) => {
    const known = knownOf(metric, rows);
    const points = hours.map((at) => ({ at, value: known.get(at) ?? null }));
    const last = points.findLast(({ value }) => value !== null)?.value ?? null;
    return { metric, value: metric === 'uptime_percent' ? percentUp(rows.ups) : last, points };
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
