/** Which target is in force for a figure on a day, and whether a value meets it. */
import type { Problem } from './errors.ts';
import {
  defaultTarget,
  type PlatformMetric,
  type TargetMetric,
  type TargetSettings,
  type TargetValues,
  targetMetricNames,
  targetMetrics,
} from './target-metrics.ts';
import { shownValue } from './validate.ts';

/** One version of a target that was set. '' stands for every tenant, and for every feature. `target` null: withdrawn. */
export type SetTarget = {
  metric: TargetMetric;
  tenantId: string;
  featureId: string;
  /** "2026-01-11"; in force from this day on. */
  effectiveFrom: string;
  version: number;
  target: number | null;
  warning: number | null;
  critical: number | null;
};

/** `set` is null where the default is in force. */
export type TargetInForce = TargetValues & { metric: TargetMetric; set: SetTarget | null };

/** Of the versions for one day the highest counts. */
function newest(rows: readonly SetTarget[]): SetTarget[] {
  const byDay = new Map<string, SetTarget>();
  for (const row of rows) {
    const key = JSON.stringify([row.metric, row.tenantId, row.featureId, row.effectiveFrom]);
    if ((byDay.get(key)?.version ?? 0) < row.version) byDay.set(key, row);
  }
  return [...byDay.values()];
}

/** The tenant's own word goes before the feature's, and both before everyone's. */
const specificity = ({ tenantId, featureId }: SetTarget): number => (tenantId === '' ? 0 : 2) + (featureId === '' ? 0 : 1);

type Where = { tenantId: string; featureId: string; day: string };

const concerns = (row: SetTarget, metric: TargetMetric, where: Where): boolean =>
  row.metric === metric &&
  row.effectiveFrom <= where.day &&
  (row.tenantId === '' || row.tenantId === where.tenantId) &&
  (row.featureId === '' || row.featureId === where.featureId);

/** @param where '' for every tenant, '' for the whole platform */
export function targetInForce(
  rows: readonly SetTarget[],
  metric: TargetMetric,
  where: Where,
  settings: TargetSettings,
): TargetInForce | null {
  const candidates = newest(rows.filter((row) => concerns(row, metric, where))).filter(({ target }) => target !== null);
  candidates.sort((a, b) => specificity(b) - specificity(a) || (a.effectiveFrom < b.effectiveFrom ? 1 : -1));
  const [set] = candidates;
  const fallback = defaultTarget(metric, where.featureId, settings);
  if (set === undefined) return fallback && { metric, ...fallback, set: null };
  const { target, warning, critical } = set;
  return { metric, target: target ?? 0, excellent: null, warning, critical, set };
}

/** `featureId` '' or left out: of the whole platform. */
type On = { day: string; featureId?: string };

/** What targets there are, for one tenant or for everyone: the one place that says which is in force. */
export type TargetBook = {
  (metric: PlatformMetric, on: On): TargetInForce;
  (metric: TargetMetric, on: On): TargetInForce | null;
};

/** @param tenantId '' for everyone */
export function targetBook(rows: readonly SetTarget[], tenantId: string, settings: TargetSettings): TargetBook {
  const find = (metric: TargetMetric, { day, featureId = '' }: On) => targetInForce(rows, metric, { tenantId, featureId, day }, settings);
  return find as TargetBook;
}

/** Every target that is in force. */
export const targetsOn = (book: TargetBook, on: On): TargetInForce[] => targetMetricNames.flatMap((metric) => book(metric, on) ?? []);

/** Whether a value has reached a line, the line itself included. */
export const reaches = (metric: TargetMetric, value: number, line: number): boolean =>
  targetMetrics[metric].better === 'higher' ? value >= line : value <= line;

/** What is wrong with values that somebody wants to set: each line must lie further from the goal than the one before it. */
export function targetProblems(metric: TargetMetric, values: Pick<SetTarget, 'target' | 'warning' | 'critical'>): Problem[] {
  const { better } = targetMetrics[metric];
  const word = better === 'higher' ? 'at most' : 'at least';
  const given = (['target', 'warning', 'critical'] as const).flatMap((field) => {
    const value = values[field];
    return value === null ? [] : [{ field, value }];
  });
  return given.flatMap(({ field, value }, index) => {
    if (!Number.isFinite(value)) return [{ field, value: shownValue(value), expected: 'a finite number' }];
    const before = given[index - 1];
    if (before === undefined || reaches(metric, before.value, value)) return [];
    return [{ field, value: String(value), expected: `${word} the ${before.field}, ${before.value}: ${better} is better` }];
  });
}
