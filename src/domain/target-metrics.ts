/** What has a target: the product's figures, which way they are to go, and the values that hold until somebody sets others. */
import { type ValuedFeature, valuedFeatures } from './event.ts';
import { pricing } from './roi.ts';
import { annualTargetUsd } from './target.ts';

/** In the metric's own unit. `excellent` is beyond the target, `warning` and `critical` are the lines that alerts watch; null: none. */
export type TargetValues = { target: number; excellent: number | null; warning: number | null; critical: number | null };
export type Better = 'higher' | 'lower';

export const targetMetrics = {
  roi_percent: { title: 'ROI', unit: '%', better: 'higher' },
  websocket_latency_ms: { title: 'WebSocket latency', unit: 'ms', better: 'lower' },
  ml_inference_latency_ms: { title: 'ML inference', unit: 'ms', better: 'lower' },
  vision_analysis_latency_ms: { title: 'Vision analysis', unit: 'ms', better: 'lower' },
  coaching_analysis_latency_ms: { title: 'Coaching analysis', unit: 'ms', better: 'lower' },
  error_rate_percent: { title: 'Error rate', unit: '%', better: 'lower' },
  uptime_percent: { title: 'Uptime', unit: '%', better: 'higher' },
  adoption_percent: { title: 'Feature adoption', unit: '%', better: 'higher' },
  annual_value_usd: { title: 'Value a year', unit: 'USD', better: 'higher' },
  response_time_seconds: { title: 'Time to answer a lead', unit: 's', better: 'lower' },
  match_satisfaction_score: { title: 'Match satisfaction', unit: '%', better: 'higher' },
  churn_rate_percent: { title: 'Churn of leads at risk', unit: '%', better: 'lower' },
  session_duration_minutes: { title: 'Coaching session', unit: 'min', better: 'lower' },
} as const satisfies Record<string, { title: string; unit: string; better: Better }>;
export type TargetMetric = keyof typeof targetMetrics;
export const targetMetricNames = Object.keys(targetMetrics) as TargetMetric[];

export const isTargetMetric = (text: string): text is TargetMetric => Object.hasOwn(targetMetrics, text);

/** The targets that configuration sets (TARGET_…). */
export type TargetSettings = {
  targetRoiPercent: number;
  targetWebsocketLatencyMs: number;
  targetMlInferenceMs: number;
  targetVisionAnalysisMs: number;
  targetCoachingAnalysisMs: number;
  targetErrorRatePercent: number;
  targetUptimePercent: number;
  targetAdoptionPercent: number;
};

const lines = (target: number, warning: number | null, critical: number | null): TargetValues => ({
  target,
  excellent: null,
  warning,
  critical,
});

/** These have a meaning everywhere, so they always have a target. */
const platformMetrics = [
  'roi_percent',
  'websocket_latency_ms',
  'ml_inference_latency_ms',
  'vision_analysis_latency_ms',
  'coaching_analysis_latency_ms',
  'error_rate_percent',
  'uptime_percent',
  'adoption_percent',
] as const satisfies TargetMetric[];
export type PlatformMetric = (typeof platformMetrics)[number];

const isPlatformMetric = (metric: TargetMetric): metric is PlatformMetric => (platformMetrics as readonly string[]).includes(metric);

function ofSettings(metric: PlatformMetric, settings: TargetSettings): TargetValues {
  const table: Record<PlatformMetric, TargetValues> = {
    roi_percent: { ...lines(settings.targetRoiPercent, 500, 200), excellent: settings.targetRoiPercent },
    websocket_latency_ms: lines(settings.targetWebsocketLatencyMs, 100, 200),
    ml_inference_latency_ms: lines(settings.targetMlInferenceMs, 70, 100),
    vision_analysis_latency_ms: lines(settings.targetVisionAnalysisMs, 2000, 3000),
    coaching_analysis_latency_ms: lines(settings.targetCoachingAnalysisMs, 3000, 5000),
    error_rate_percent: lines(settings.targetErrorRatePercent, 2, 5),
    uptime_percent: lines(settings.targetUptimePercent, 99.5, 99),
    adoption_percent: lines(settings.targetAdoptionPercent, 60, 40),
  };
  return table[metric];
}

const ownFeature: Partial<Record<TargetMetric, [ValuedFeature, number]>> = {
  response_time_seconds: ['realtime_intelligence', pricing.lead.targetSeconds],
  match_satisfaction_score: ['property_intelligence', pricing.property.targetScore],
  churn_rate_percent: ['churn_prevention', 100 * pricing.churn.targetRate],
  session_duration_minutes: ['ai_coaching', pricing.coaching.targetMinutes],
};

/** The sum of the features' for the platform ('' or "platform"). */
function annualDefault(featureId: string): TargetValues | null {
  const of = (which: 'conservative' | 'optimistic', features: readonly ValuedFeature[]): number =>
    features.reduce((sum, feature) => sum + annualTargetUsd[feature][which], 0);
  const features = valuedFeatures.filter((one) => featureId === '' || one === featureId);
  if (features.length === 0) return null;
  return { target: of('conservative', features), excellent: of('optimistic', features), warning: null, critical: null };
}

/**
 * What holds until somebody sets a target: the table of the product's first document, TARGET_… over it.
 * @param featureId '' for the platform
 * @returns null where the metric has no meaning for the feature
 */
export function defaultTarget(metric: TargetMetric, featureId: string, settings: TargetSettings): TargetValues | null {
  if (isPlatformMetric(metric)) return ofSettings(metric, settings);
  if (metric === 'annual_value_usd') return annualDefault(featureId);
  const [feature, target] = ownFeature[metric] ?? [];
  return feature !== undefined && target !== undefined && (featureId === feature || featureId === '') ? lines(target, null, null) : null;
}
