/** The performance targets as a report and the monitor hold them against what was measured. */

import type { Rule } from '../rule.ts';
import type { TargetBook, TargetInForce } from '../target-choice.ts';
import { targetMetrics } from '../target-metrics.ts';
import type { ReportTarget } from './figures.ts';

/** Each with the default rule that has its limits. */
const ruleOf = {
  websocket_latency_ms: 'websocket-latency',
  ml_inference_latency_ms: 'ml-inference-latency',
  vision_analysis_latency_ms: 'vision-analysis-latency',
  coaching_analysis_latency_ms: 'coaching-analysis-latency',
  error_rate_percent: 'error-rate',
  uptime_percent: 'uptime',
  adoption_percent: 'adoption',
} as const;
export type WatchedMetric = keyof typeof ruleOf;
export const watchedMetrics = Object.keys(ruleOf) as WatchedMetric[];

/** What was measured; null where nothing was. */
export type Actuals = Record<WatchedMetric, number | null>;
/** The target that is in force for the whole platform. */
export type TargetOf = (metric: WatchedMetric | 'roi_percent') => TargetInForce;
export const targetsOfDay =
  (book: TargetBook, day: string): TargetOf =>
  (metric) =>
    book(metric, { day });
type Rules = readonly Pick<Rule, 'id' | 'tenant' | 'enabled' | 'levels'>[];
type Lines = { target: number; warning: number | null; critical: number | null };

/** The limits of a default rule as they stand now; null where the rule is gone or switched off. */
export function levelsOf(rules: Rules, id: string): Omit<Lines, 'target'> {
  const rule = rules.find((one) => one.id === id && one.tenant === null && one.enabled);
  return { warning: rule?.levels.warning ?? null, critical: rule?.levels.critical ?? null };
}

/** A target that somebody set brings its own lines; the default ones have those of the rule that alerts. */
function linesOf({ target, warning, critical, set }: TargetInForce, rules: Rules, rule: string): Lines {
  return set === null ? { target, ...levelsOf(rules, rule) } : { target, warning, critical };
}

/** The lines of the ROI. */
export const roiLines = (targetOf: TargetOf, rules: Rules): Lines => linesOf(targetOf('roi_percent'), rules, 'roi');

/** Every target with its limits and what was measured. */
export function targetsOf(targetOf: TargetOf, rules: Rules, actuals: Actuals): ReportTarget[] {
  return watchedMetrics.map((metric) => {
    const lines = linesOf(targetOf(metric), rules, ruleOf[metric]);
    const { title, unit, better } = targetMetrics[metric];
    // Of several features the one that is used least is held against the target.
    const shown = metric === 'adoption_percent' ? 'Lowest adoption' : title;
    return { metric, title: shown, unit, better, ...lines, actual: actuals[metric] };
  });
}

/** `met`: the target is reached. `within`: missed, but not by so much that anybody is alerted. */
export type TargetState = 'met' | 'within' | 'warning' | 'critical' | 'unknown';

/** Limits are strict, as those of the rules are. */
export function targetState({ better, target, warning, critical, actual }: Omit<ReportTarget, 'metric' | 'title' | 'unit'>): TargetState {
  if (actual === null) return 'unknown';
  const beyond = (limit: number | null): boolean => limit !== null && (better === 'lower' ? actual > limit : actual < limit);
  if (beyond(critical)) return 'critical';
  if (beyond(warning)) return 'warning';
  return beyond(target) ? 'within' : 'met';
}
