/** One valid record of each kind, complete, as Avro decoding yields it. */
import type { EventKind } from '../../src/domain/event.ts';

export const NOW = Date.UTC(2026, 0, 15, 12);

export const envelope = {
  eventId: '0f8fad5b-d9cb-469f-a165-70867728950e',
  revision: 0,
  retracted: false,
  source: 'lead-router',
  occurredAt: NOW - 1000,
  tenantId: 'tenant_123',
  userId: 'user_456' as string | null,
  entityId: 'lead_789' as string | null,
  variant: 'treatment' as string | null,
};

const payloads: Record<EventKind, Record<string, unknown>> = {
  'lead-intelligence': {
    featureId: 'realtime_intelligence',
    responseTimeSeconds: 25,
    scoringLatencyMs: 30,
    converted: true,
    agentProductivityScore: null,
  },
  'property-intelligence': {
    featureId: 'property_intelligence',
    satisfactionScore: 95,
    propertyId: 'prop_101',
    visionAnalysisMs: null,
    luxuryDetected: false,
    showingBooked: null,
  },
  'churn-prevention': { featureId: 'churn_prevention', interventionStage: 2, churned: false, riskScore: 0.7 },
  'ai-coaching': { featureId: 'ai_coaching', sessionDurationMinutes: 18, productivityScore: 87, trainingHours: null },
  'custom-metrics': { featureId: 'my_feature', metric: 'custom_conversion', value: 1, valueUsd: 12.5, attributes: { event: 'signup' } },
  'request-telemetry': {
    featureId: 'platform',
    service: 'websocket',
    operation: 'push',
    latencyMs: 41.5,
    ok: false,
    errorCode: 'timeout',
  },
  'flag-exposures': { featureId: 'ai_coaching', rolloutStage: 'beta_25', reason: 'percentage' },
  'operating-costs': {
    featureId: 'platform',
    category: 'anthropic_api',
    amountUsd: '24.500000',
    usageUnits: 12_500,
    description: 'Claude API usage for coaching',
    chargePeriodStart: Date.UTC(2026, 0, 14),
    chargePeriodEnd: Date.UTC(2026, 0, 15),
  },
};

/** A fresh valid record, with some fields replaced. */
export function validRecord(kind: EventKind, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...envelope, ...payloads[kind], ...changes };
}
