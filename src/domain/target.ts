/** What each valued feature is measured by and is meant to be worth, as the product's documents state it. */
import type { ValuedFeature } from './event.ts';
import { pricing } from './roi.ts';

/** Annual value in US dollars. The platform's $265K-440K is the sum of these. */
export const annualTargetUsd: Record<ValuedFeature, { conservative: number; optimistic: number }> = {
  realtime_intelligence: { conservative: 75_000, optimistic: 120_000 },
  property_intelligence: { conservative: 75_000, optimistic: 150_000 },
  churn_prevention: { conservative: 55_000, optimistic: 80_000 },
  ai_coaching: { conservative: 60_000, optimistic: 90_000 },
};

/** The one metric that says how a feature does: its mean, against where it was and where it is to go, in the metric's own unit. */
export type KeyMetric = { metric: string; baseline: number; target: number };

export const keyMetrics: Record<ValuedFeature, KeyMetric> = {
  realtime_intelligence: { metric: 'response_time_seconds', baseline: pricing.lead.baselineSeconds, target: pricing.lead.targetSeconds },
  property_intelligence: {
    metric: 'match_satisfaction_score',
    baseline: pricing.property.baselineScore,
    target: pricing.property.targetScore,
  },
  churn_prevention: { metric: 'churned', baseline: pricing.churn.baselineRate, target: pricing.churn.targetRate },
  ai_coaching: { metric: 'session_duration_minutes', baseline: pricing.coaching.baselineMinutes, target: pricing.coaching.targetMinutes },
};

/** Whether a mean has reached its target, from whichever side the baseline lies. */
export function meetsTarget({ baseline, target }: KeyMetric, mean: number): boolean {
  return target < baseline ? mean <= target : mean >= target;
}
