/** What an event measures: the (metric, value, worth) triples that rollups and windows aggregate. */
import type { EventOf, FeatureEvent } from './event.ts';
import { churnValueMicros, coachingValueMicros, leadValueMicros, microsOfUsd } from './roi.ts';

/**
 * One measured value.
 * `valueUsdMicros` is what this one observation is worth in millionths of a US dollar, an integer (money is never a float);
 * costs are negative, so that sums of it are net value. Satisfaction is valued by its mean over a period (`roi.ts`), so it carries 0 here.
 */
export type Measurement = { metric: string; value: number; valueUsdMicros: number };

/** Metrics that only our own kinds may emit; a custom metric must not take one of these names. */
export const builtInMetrics = [
  'response_time_seconds',
  'scoring_latency_ms',
  'converted',
  'agent_productivity_score',
  'match_satisfaction_score',
  'vision_analysis_ms',
  'luxury_detected',
  'showing_booked',
  'churned',
  'intervention_stage',
  'churn_risk_score',
  'session_duration_minutes',
  'productivity_score',
  'training_hours',
  'request_error',
  'exposure',
  'cost_usd',
  'roi_percent',
  'daily_roi_percent',
  'roi_above_target_points',
  'targets_met_days',
  'uptime_percent',
  'adoption_percent',
] as const;

const plain = (metric: string, value: number | boolean | null): Measurement[] =>
  value === null ? [] : [{ metric, value: Number(value), valueUsdMicros: 0 }];

const lead = (e: EventOf<'lead-intelligence'>): Measurement[] => [
  { metric: 'response_time_seconds', value: e.responseTimeSeconds, valueUsdMicros: leadValueMicros(e.responseTimeSeconds) },
  ...plain('scoring_latency_ms', e.scoringLatencyMs),
  ...plain('converted', e.converted),
  ...plain('agent_productivity_score', e.agentProductivityScore),
];

const property = (e: EventOf<'property-intelligence'>): Measurement[] => [
  { metric: 'match_satisfaction_score', value: e.satisfactionScore, valueUsdMicros: 0 },
  ...plain('vision_analysis_ms', e.visionAnalysisMs),
  ...plain('luxury_detected', e.luxuryDetected),
  ...plain('showing_booked', e.showingBooked),
];

const churn = (e: EventOf<'churn-prevention'>): Measurement[] => [
  { metric: 'churned', value: Number(e.churned), valueUsdMicros: churnValueMicros(e.churned) },
  ...plain('intervention_stage', e.interventionStage),
  ...plain('churn_risk_score', e.riskScore),
];

const coaching = (e: EventOf<'ai-coaching'>): Measurement[] => [
  { metric: 'session_duration_minutes', value: e.sessionDurationMinutes, valueUsdMicros: coachingValueMicros(e.sessionDurationMinutes) },
  ...plain('productivity_score', e.productivityScore),
  ...plain('training_hours', e.trainingHours),
];

const custom = (e: EventOf<'custom-metrics'>): Measurement[] => [
  { metric: e.metric, value: e.value, valueUsdMicros: e.valueUsd === null ? 0 : Math.round(e.valueUsd * 1e6) },
];

const telemetry = (e: EventOf<'request-telemetry'>): Measurement[] => [
  { metric: `${e.service}_latency_ms`, value: e.latencyMs, valueUsdMicros: 0 },
  { metric: 'request_error', value: Number(!e.ok), valueUsdMicros: 0 },
];

const cost = (e: EventOf<'operating-costs'>): Measurement[] => [
  { metric: 'cost_usd', value: Number(e.amountUsd), valueUsdMicros: -microsOfUsd(e.amountUsd) },
];

/**
 * The measurements of a valid event; at least one, and always the same ones in the same order for the same event.
 * @returns values in the unit that the metric's name carries
 */
export function measurementsOf(event: FeatureEvent): Measurement[] {
  switch (event.kind) {
    case 'lead-intelligence':
      return lead(event);
    case 'property-intelligence':
      return property(event);
    case 'churn-prevention':
      return churn(event);
    case 'ai-coaching':
      return coaching(event);
    case 'custom-metrics':
      return custom(event);
    case 'request-telemetry':
      return telemetry(event);
    case 'flag-exposures':
      return [{ metric: 'exposure', value: 1, valueUsdMicros: 0 }];
    case 'operating-costs':
      return cost(event);
    default:
      return event satisfies never;
  }
}
