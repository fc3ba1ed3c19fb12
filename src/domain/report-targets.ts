/** The performance targets as a report and the monitor hold them against what was measured. */
import type { ReportTarget } from './report-figures.ts';
import type { Rule } from './rule.ts';

/** Each target: its metric, how people call it, its unit, which way is good, and the default rule that has its limits. */
const definitions = [
  { metric: 'websocket_latency_ms', title: 'WebSocket latency', unit: 'ms', better: 'lower', rule: 'websocket-latency' },
  { metric: 'ml_inference_latency_ms', title: 'ML inference', unit: 'ms', better: 'lower', rule: 'ml-inference-latency' },
  { metric: 'vision_analysis_latency_ms', title: 'Vision analysis', unit: 'ms', better: 'lower', rule: 'vision-analysis-latency' },
  { metric: 'coaching_analysis_latency_ms', title: 'Coaching analysis', unit: 'ms', better: 'lower', rule: 'coaching-analysis-latency' },
  { metric: 'error_rate_percent', title: 'Error rate', unit: '%', better: 'lower', rule: 'error-rate' },
  { metric: 'uptime_percent', title: 'Uptime', unit: '%', better: 'higher', rule: 'uptime' },
  { metric: 'adoption_percent', title: 'Lowest adoption', unit: '%', better: 'higher', rule: 'adoption' },
] as const;
export type TargetMetric = (typeof definitions)[number]['metric'];

/** Targets in the units above; the configuration has them. */
export type TargetValues = Record<TargetMetric, number>;
/** What was measured; null where nothing was. */
export type Actuals = Record<TargetMetric, number | null>;

export const targetMetrics: readonly TargetMetric[] = definitions.map(({ metric }) => metric);

type Levels = { warning: number | null; critical: number | null };

/** The limits of a default rule as they stand now; null where the rule is gone or switched off. */
export function levelsOf(rules: readonly Pick<Rule, 'id' | 'tenant' | 'enabled' | 'levels'>[], id: string): Levels {
  const rule = rules.find((one) => one.id === id && one.tenant === null && one.enabled);
  return { warning: rule?.levels.warning ?? null, critical: rule?.levels.critical ?? null };
}

/** Every target with its limits and what was measured. */
export function targetsOf(targets: TargetValues, rules: Parameters<typeof levelsOf>[0], actuals: Actuals): ReportTarget[] {
  return definitions.map(({ rule, ...definition }) => ({
    ...definition,
    target: targets[definition.metric],
    ...levelsOf(rules, rule),
    actual: actuals[definition.metric],
  }));
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
