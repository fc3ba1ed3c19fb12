/** What each field of each kind of event must be. The Avro schemas say the types; here stands the rest. */
import {
  amount,
  attributes,
  boolean,
  both,
  type Check,
  id,
  name,
  numberWithin,
  oneOf,
  orNull,
  prose,
  timeWithin,
  uuid,
  wholeWithin,
} from './check.ts';
import type { EventKind } from './event.ts';
import { builtInMetrics } from './measurement.ts';

export type FieldRules = readonly (readonly [field: string, check: Check])[];

export const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_PERIOD_MS = Date.UTC(2100, 0, 1);
export const MAX_REVISION = 16_383;

/** Bounds that keep every value, and every worth computed from it, within what doubles and Decimal(18,6) hold exactly. */
const anyNumber = numberWithin(-1e12, 1e12);
const milliseconds = numberWithin(0, 1e12);
const longerUnits = numberWithin(0, 1e9);
const usd = numberWithin(-1e9, 1e9);
const score = numberWithin(0, 100);
const period = timeWithin(EARLIEST_MS, LATEST_PERIOD_MS);

const builtIn = new Set<string>(builtInMetrics);
const reservedMetric = {
  reason: 'invalid_field',
  expected: 'a name that no built-in metric has and that does not end in _latency_ms',
} as const;
const reservedService = { reason: 'invalid_field', expected: 'a service whose <service>_latency_ms is not a built-in metric' } as const;
const ownMetric: Check = (value) => (builtIn.has(value as string) || (value as string).endsWith('_latency_ms') ? reservedMetric : null);
const ownService: Check = (value) => (builtIn.has(`${value}_latency_ms`) ? reservedService : null);

export const rolloutStages = ['disabled', 'internal', 'beta_10', 'beta_25', 'beta_50', 'ga'] as const;

/** Every envelope field but `occurredAt`, whose latest moment depends on the clock. */
export const envelopeRules: FieldRules = [
  ['eventId', uuid],
  ['revision', wholeWithin(0, MAX_REVISION)],
  ['retracted', boolean],
  ['source', id],
  ['tenantId', id],
  ['userId', orNull(id)],
  ['entityId', orNull(id)],
  ['featureId', name],
  ['variant', orNull(id)],
];

export const payloadRules: Record<EventKind, FieldRules> = {
  'lead-intelligence': [
    ['responseTimeSeconds', longerUnits],
    ['scoringLatencyMs', orNull(milliseconds)],
    ['converted', orNull(boolean)],
    ['agentProductivityScore', orNull(score)],
  ],
  'property-intelligence': [
    ['satisfactionScore', score],
    ['propertyId', orNull(id)],
    ['visionAnalysisMs', orNull(milliseconds)],
    ['luxuryDetected', orNull(boolean)],
    ['showingBooked', orNull(boolean)],
  ],
  'churn-prevention': [
    ['interventionStage', wholeWithin(1, 3)],
    ['churned', boolean],
    ['riskScore', orNull(numberWithin(0, 1))],
  ],
  'ai-coaching': [
    ['sessionDurationMinutes', longerUnits],
    ['productivityScore', score],
    ['trainingHours', orNull(longerUnits)],
  ],
  'custom-metrics': [
    ['metric', both(name, ownMetric)],
    ['value', anyNumber],
    ['valueUsd', orNull(usd)],
    ['attributes', attributes],
  ],
  'request-telemetry': [
    ['service', both(name, ownService)],
    ['operation', id],
    ['latencyMs', milliseconds],
    ['ok', boolean],
    ['errorCode', orNull(id)],
  ],
  'flag-exposures': [
    ['rolloutStage', oneOf(rolloutStages)],
    ['reason', id],
  ],
  'operating-costs': [
    ['category', id],
    ['amountUsd', amount],
    ['usageUnits', orNull(milliseconds)],
    ['description', orNull(prose)],
    ['chargePeriodStart', orNull(period)],
    ['chargePeriodEnd', orNull(period)],
  ],
};
