/** What each kind of event says in the generated world: values near the product's targets for those who have the feature, near the old baselines for those who do not. */
import type { FeatureEvent, Payloads } from '../event.ts';
import { PLATFORM } from '../event.ts';
import { between, logNormal, quarters, type Random } from './random.ts';
import type { Incident } from './scenario.ts';

/** Who it happened to, and what is going on at that moment. `index` numbers the events of the stream. */
export type Moment = { random: Random; index: number; variant: 'control' | 'treatment'; incident: Incident | null };

/** An event without what all kinds share. */
type BodyOf<K extends keyof Payloads> = Payloads[K] & {
  kind: K;
  featureId: string;
  source: string;
  entityId: string | null;
  variant: string | null;
};
export type Body = { [K in FeatureEvent['kind']]: BodyOf<K> }[FeatureEvent['kind']];

const chance = (random: Random, share: number): boolean => random.unit() < share;
const treated = (moment: Moment): boolean => moment.variant === 'treatment';

/** Most answers come within 30 s; without the feature an agent takes about a quarter of an hour. */
export function leadAnswer(moment: Moment): Body {
  const { random } = moment;
  return {
    kind: 'lead-intelligence',
    featureId: 'realtime_intelligence',
    source: 'lead-router',
    entityId: `lead-${moment.index}`,
    variant: moment.variant,
    responseTimeSeconds: quarters(between(2, 1800, treated(moment) ? logNormal(random, 17, 0.45) : logNormal(random, 840, 0.15))),
    scoringLatencyMs: quarters(logNormal(random, 26, 0.2)),
    converted: chance(random, treated(moment) ? 0.118 : 0.1),
    agentProductivityScore: quarters(between(0, 100, (treated(moment) ? 84 : 74) + 5 * random.normal())),
  };
}

export function propertyRating(moment: Moment): Body {
  const { random } = moment;
  return {
    kind: 'property-intelligence',
    featureId: 'property_intelligence',
    source: 'match-service',
    entityId: `lead-${moment.index}`,
    variant: moment.variant,
    satisfactionScore: quarters(between(60, 100, (treated(moment) ? 94.75 : 88.5) + 2.5 * random.normal())),
    propertyId: `property-${random.bits() % 5_000}`,
    visionAnalysisMs: quarters(logNormal(random, 1_150, 0.12)),
    luxuryDetected: chance(random, 0.12),
    showingBooked: chance(random, treated(moment) ? 0.36 : 0.3),
  };
}

/** Every fifth outcome is a churn: 20 %. Evenly spread, because with three outcomes a week chance alone would drown a month's figure. */
export function churnOutcome(moment: Moment): Body {
  const { random } = moment;
  return {
    kind: 'churn-prevention',
    featureId: 'churn_prevention',
    source: 'retention-service',
    entityId: `lead-${moment.index}`,
    variant: 'treatment',
    interventionStage: 1 + (random.bits() % 3),
    churned: moment.index % 5 === 3,
    riskScore: between(0, 1, quarters(64 * (0.68 + 0.12 * random.normal())) / 64),
  };
}

export function coachingSession(moment: Moment): Body {
  const { random } = moment;
  return {
    kind: 'ai-coaching',
    featureId: 'ai_coaching',
    source: 'coach',
    entityId: `session-${moment.index}`,
    variant: moment.variant,
    sessionDurationMinutes: quarters(between(5, 90, (treated(moment) ? 18 : 38) + 2 * random.normal())),
    productivityScore: quarters(between(0, 100, (treated(moment) ? 87 : 71) + 3 * random.normal())),
    trainingHours: chance(random, 0.2) ? quarters(between(1, 60, 20 + 3 * random.normal())) : null,
  };
}

const exposedFeatures = ['realtime_intelligence', 'property_intelligence', 'churn_prevention', 'ai_coaching'] as const;

export function exposure(moment: Moment): Body {
  const featureId = exposedFeatures[moment.index % exposedFeatures.length] ?? exposedFeatures[0];
  const reason = treated(moment) ? 'general_availability' : 'holdout';
  return { kind: 'flag-exposures', featureId, source: 'flags', entityId: null, variant: moment.variant, rolloutStage: 'ga', reason };
}

const customMetrics = [
  { metric: 'listing_views', featureId: 'property_intelligence', median: 40 },
  { metric: 'follow_ups_sent', featureId: 'realtime_intelligence', median: 3 },
  { metric: 'nps_score', featureId: PLATFORM, median: 62 },
] as const;

export function customMetric(moment: Moment): Body {
  const { random } = moment;
  const { metric, featureId, median } = customMetrics[moment.index % customMetrics.length] ?? customMetrics[0];
  const value = quarters(between(0, 1_000, logNormal(random, median, 0.25)));
  const attributes = { channel: chance(random, 0.6) ? 'web' : 'mobile' };
  return {
    kind: 'custom-metrics',
    featureId,
    source: 'web-app',
    entityId: null,
    variant: moment.variant,
    metric,
    value,
    valueUsd: null,
    attributes,
  };
}
