/** Which topics a metric's events come from: a window of the metric is complete when all of these have passed its end. */
import { type EventKind, eventKinds } from './event.ts';
import { eventTopics } from './topics.ts';
import { ROI_METRIC } from './window.ts';

/** The source of slow signals, in place of a topic. */
export const SIGNALS = 'signals';

/** `roi_above_target_points`: by how many percentage points the ROI exceeds the target in force; below zero when it does not. */
const signalMetrics = ['daily_roi_percent', 'roi_above_target_points', 'uptime_percent', 'adoption_percent', 'targets_met_days'] as const;
export type SignalMetric = (typeof signalMetrics)[number];

const metricsOfKind: Partial<Record<EventKind, readonly string[]>> = {
  'lead-intelligence': ['response_time_seconds', 'scoring_latency_ms', 'converted', 'agent_productivity_score'],
  'property-intelligence': ['match_satisfaction_score', 'vision_analysis_ms', 'luxury_detected', 'showing_booked'],
  'churn-prevention': ['churned', 'intervention_stage', 'churn_risk_score'],
  'ai-coaching': ['session_duration_minutes', 'productivity_score', 'training_hours'],
  'request-telemetry': ['request_error'],
  'flag-exposures': ['exposure'],
  'operating-costs': ['cost_usd'],
};

/** Kinds that carry value or cost. */
const roiKinds: readonly EventKind[] = [
  'lead-intelligence',
  'property-intelligence',
  'churn-prevention',
  'ai-coaching',
  'custom-metrics',
  'operating-costs',
];

const kindOfMetric = new Map(eventKinds.flatMap((kind) => (metricsOfKind[kind] ?? []).map((metric) => [metric, kind] as const)));

/** Topics without their namespace, or `signals`. Only telemetry may end in _latency_ms; an unknown name is a custom metric. */
export function sourcesOf(metric: string): string[] {
  if (metric === ROI_METRIC) return roiKinds.map((kind) => eventTopics[kind]);
  if ((signalMetrics as readonly string[]).includes(metric)) return [SIGNALS];
  const kind = kindOfMetric.get(metric) ?? (metric.endsWith('_latency_ms') ? 'request-telemetry' : 'custom-metrics');
  return [eventTopics[kind]];
}

/** Signals look back a day from their tick, whenever that is. */
export const signalWindow = { sizeMs: 86_400_000, hopMs: 86_400_000 } as const;
