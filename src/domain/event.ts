/** The words that every part of the system uses for an event. Pure types and the closed lists behind them. */

/** One kind of event, one topic, one Avro schema (`schemas/avro/<kind>.avsc`). */
export const eventKinds = [
  'lead-intelligence',
  'property-intelligence',
  'churn-prevention',
  'ai-coaching',
  'custom-metrics',
  'request-telemetry',
  'flag-exposures',
  'operating-costs',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** The four features that the product values by formula; custom metrics, telemetry and costs may name others. */
export const valuedFeatures = ['realtime_intelligence', 'property_intelligence', 'churn_prevention', 'ai_coaching'] as const;
export type ValuedFeature = (typeof valuedFeatures)[number];

/** The feature of what serves all features: shared telemetry, shared costs. */
export const PLATFORM = 'platform';

/** Kinds that belong to one feature only. An event of such a kind that names another feature is rejected. */
export const featureOfKind: Partial<Record<EventKind, ValuedFeature>> = {
  'lead-intelligence': 'realtime_intelligence',
  'property-intelligence': 'property_intelligence',
  'churn-prevention': 'churn_prevention',
  'ai-coaching': 'ai_coaching',
};

/** What every event carries. Times are milliseconds since 1970, UTC. */
export type Envelope = {
  eventId: string;
  /** 0 for the first statement; a correction or a retraction carries a higher one. */
  revision: number;
  retracted: boolean;
  source: string;
  occurredAt: number;
  tenantId: string;
  userId: string | null;
  entityId: string | null;
  featureId: string;
  variant: string | null;
};

/** What each kind carries beyond the envelope, as the Avro schemas say. */
export type Payloads = {
  'lead-intelligence': {
    responseTimeSeconds: number;
    scoringLatencyMs: number | null;
    converted: boolean | null;
    agentProductivityScore: number | null;
  };
  'property-intelligence': {
    satisfactionScore: number;
    propertyId: string | null;
    visionAnalysisMs: number | null;
    luxuryDetected: boolean | null;
    showingBooked: boolean | null;
  };
  'churn-prevention': { interventionStage: number; churned: boolean; riskScore: number | null };
  'ai-coaching': { sessionDurationMinutes: number; productivityScore: number; trainingHours: number | null };
  'custom-metrics': { metric: string; value: number; valueUsd: number | null; attributes: Record<string, string> };
  'request-telemetry': { service: string; operation: string; latencyMs: number; ok: boolean; errorCode: string | null };
  'flag-exposures': { rolloutStage: string; reason: string };
  'operating-costs': {
    category: string;
    /** Decimal text with at most six places, for example "24.50". */
    amountUsd: string;
    usageUnits: number | null;
    description: string | null;
    chargePeriodStart: number | null;
    chargePeriodEnd: number | null;
  };
};

/** An event of kind K as decoded from Avro and found valid. */
export type EventOf<K extends EventKind> = Envelope & Payloads[K] & { kind: K };
export type FeatureEvent = { [K in EventKind]: EventOf<K> }[EventKind];

/** Why a record went to the dead-letter topic. A closed list: metrics and the `impact dlq` command know these words only. */
export const deadLetterReasons = [
  'unreadable_batch',
  'not_avro_framed',
  'unknown_schema_id',
  'schema_mismatch',
  'avro_decode_failed',
  'oversized',
  'invalid_field',
  'value_out_of_range',
  'time_out_of_range',
  'unknown_feature',
  'rejected_by_clickhouse',
  'processing_error',
] as const;
export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** A fault of one record. `field` and `value` are set where a field is to blame. */
export type Fault = { reason: DeadLetterReason; message: string; field?: string; value?: string };
