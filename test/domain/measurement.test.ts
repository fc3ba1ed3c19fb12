import { describe, expect, it } from 'vitest';
import type { Envelope, FeatureEvent } from '../../src/domain/event.ts';
import { builtInMetrics, measurementsOf } from '../../src/domain/measurement.ts';

const envelope: Envelope = {
  eventId: '018f6c1e-0000-7000-8000-000000000001',
  revision: 0,
  retracted: false,
  source: 'test',
  occurredAt: Date.UTC(2026, 0, 11),
  tenantId: 'tenant_123',
  userId: 'user_456',
  entityId: null,
  featureId: 'realtime_intelligence',
  variant: null,
};

const examples: FeatureEvent[] = [
  { ...envelope, kind: 'lead-intelligence', responseTimeSeconds: 25, scoringLatencyMs: 12, converted: true, agentProductivityScore: null },
  {
    ...envelope,
    kind: 'property-intelligence',
    satisfactionScore: 95,
    propertyId: null,
    visionAnalysisMs: null,
    luxuryDetected: false,
    showingBooked: null,
  },
  { ...envelope, kind: 'churn-prevention', interventionStage: 2, churned: false, riskScore: 0.7 },
  { ...envelope, kind: 'ai-coaching', sessionDurationMinutes: 18, productivityScore: 87, trainingHours: null },
  { ...envelope, kind: 'custom-metrics', metric: 'upsell', value: 3, valueUsd: 1.25, attributes: {} },
  { ...envelope, kind: 'request-telemetry', service: 'websocket', operation: 'push', latencyMs: 42, ok: false, errorCode: 'timeout' },
  { ...envelope, kind: 'flag-exposures', rolloutStage: 'beta_10', reason: 'percentage' },
  {
    ...envelope,
    kind: 'operating-costs',
    category: 'anthropic_api',
    amountUsd: '24.50',
    usageUnits: 12_500,
    description: null,
    chargePeriodStart: null,
    chargePeriodEnd: null,
  },
];

describe('the measurements of an event', () => {
  it('are its required value and those optional ones that are there', () => {
    const measured = Object.fromEntries(
      examples.map((event) => [event.kind, measurementsOf(event).map(({ metric, value }) => [metric, value])]),
    );
    expect(measured).toEqual({
      'lead-intelligence': [
        ['response_time_seconds', 25],
        ['scoring_latency_ms', 12],
        ['converted', 1],
      ],
      'property-intelligence': [
        ['match_satisfaction_score', 95],
        ['luxury_detected', 0],
      ],
      'churn-prevention': [
        ['churned', 0],
        ['intervention_stage', 2],
        ['churn_risk_score', 0.7],
      ],
      'ai-coaching': [
        ['session_duration_minutes', 18],
        ['productivity_score', 87],
      ],
      'custom-metrics': [['upsell', 3]],
      'request-telemetry': [
        ['websocket_latency_ms', 42],
        ['request_error', 1],
      ],
      'flag-exposures': [['exposure', 1]],
      'operating-costs': [['cost_usd', 24.5]],
    });
  });

  it('carry worth as integer millionths of a dollar, costs as negative ones', () => {
    const worth = examples.map((event) => measurementsOf(event)[0]?.valueUsdMicros);
    expect(worth).toEqual([12_152_778, 0, 1_050_000_000, 27_500_000, 1_250_000, 0, 0, -24_500_000]);
    expect(examples.flatMap(measurementsOf).every(({ valueUsdMicros }) => Number.isInteger(valueUsdMicros))).toBe(true);
  });

  it('are never empty, and use built-in names except for custom metrics and services', () => {
    for (const event of examples) {
      const metrics = measurementsOf(event).map(({ metric }) => metric);
      expect(metrics.length).toBeGreaterThan(0);
      const own = metrics.filter((metric) => !metric.endsWith('websocket_latency_ms') && event.kind !== 'custom-metrics');
      expect(own.filter((metric) => !(builtInMetrics as readonly string[]).includes(metric))).toEqual([]);
    }
  });
});
