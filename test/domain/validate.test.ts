import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import { measurementsOf } from '../../src/domain/measurement.ts';
import { findingsOf, parseEvent, shownValue } from '../../src/domain/validate.ts';
import { NOW, validRecord } from '../support/events.ts';

const limits = { now: NOW, maxFutureMs: 300_000 };
const faultOf = (kind: EventKind, changes: Record<string, unknown>) => {
  const parsed = parseEvent(kind, validRecord(kind, changes), limits);
  return parsed.ok ? null : parsed.fault;
};

describe('the door', () => {
  it.each(eventKinds)('lets a valid %s in, typed and unchanged', (kind) => {
    expect(parseEvent(kind, validRecord(kind), limits)).toEqual({ ok: true, event: { ...validRecord(kind), kind } });
  });

  it('says which field is wrong, what stands there and what would be right', () => {
    expect(faultOf('property-intelligence', { satisfactionScore: 101 })).toEqual({
      reason: 'value_out_of_range',
      message: 'satisfactionScore is 101, expected a number from 0 to 100',
      field: 'satisfactionScore',
      value: '101',
    });
  });

  const refused: [EventKind, Record<string, unknown>, string][] = [
    ['lead-intelligence', { eventId: 'not-a-uuid' }, 'invalid_field'],
    ['lead-intelligence', { eventId: '' }, 'invalid_field'],
    ['lead-intelligence', { revision: -1 }, 'value_out_of_range'],
    ['lead-intelligence', { revision: 16_384 }, 'value_out_of_range'],
    ['lead-intelligence', { revision: 0.5 }, 'value_out_of_range'],
    ['lead-intelligence', { retracted: 1 }, 'invalid_field'],
    ['lead-intelligence', { source: '' }, 'invalid_field'],
    ['lead-intelligence', { tenantId: 'x'.repeat(257) }, 'invalid_field'],
    ['lead-intelligence', { tenantId: 'a\nb' }, 'invalid_field'],
    ['lead-intelligence', { tenantId: 'a\uFFFDb' }, 'invalid_field'],
    ['lead-intelligence', { tenantId: 'a\uD800b' }, 'invalid_field'],
    ['lead-intelligence', { userId: '' }, 'invalid_field'],
    ['lead-intelligence', { userId: undefined }, 'invalid_field'],
    ['lead-intelligence', { entityId: 7 }, 'invalid_field'],
    ['lead-intelligence', { variant: '' }, 'invalid_field'],
    ['lead-intelligence', { featureId: 'ai_coaching' }, 'unknown_feature'],
    ['lead-intelligence', { featureId: 'Realtime' }, 'invalid_field'],
    ['lead-intelligence', { occurredAt: 0 }, 'time_out_of_range'],
    ['lead-intelligence', { occurredAt: Date.UTC(2000, 0, 1) - 1 }, 'time_out_of_range'],
    ['lead-intelligence', { occurredAt: NOW + 300_001 }, 'time_out_of_range'],
    ['lead-intelligence', { occurredAt: Number.NaN }, 'time_out_of_range'],
    ['lead-intelligence', { occurredAt: '2026-01-15' }, 'invalid_field'],
    ['lead-intelligence', { responseTimeSeconds: Number.NaN }, 'value_out_of_range'],
    ['lead-intelligence', { responseTimeSeconds: Number.POSITIVE_INFINITY }, 'value_out_of_range'],
    ['lead-intelligence', { responseTimeSeconds: -0.001 }, 'value_out_of_range'],
    ['lead-intelligence', { agentProductivityScore: 100.5 }, 'value_out_of_range'],
    ['churn-prevention', { interventionStage: 4 }, 'value_out_of_range'],
    ['churn-prevention', { riskScore: 1.01 }, 'value_out_of_range'],
    ['custom-metrics', { metric: 'request_error' }, 'invalid_field'],
    ['custom-metrics', { metric: 'websocket_latency_ms' }, 'invalid_field'],
    ['custom-metrics', { metric: 'with space' }, 'invalid_field'],
    ['custom-metrics', { value: 1e12 + 1 }, 'value_out_of_range'],
    ['custom-metrics', { value: Number.NEGATIVE_INFINITY }, 'value_out_of_range'],
    ['custom-metrics', { attributes: { a: 1 } }, 'invalid_field'],
    ['custom-metrics', { attributes: { a: 'x'.repeat(1025) } }, 'invalid_field'],
    ['custom-metrics', { attributes: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, ''])) }, 'invalid_field'],
    ['custom-metrics', { attributes: null }, 'invalid_field'],
    ['request-telemetry', { service: 'Web Socket' }, 'invalid_field'],
    ['request-telemetry', { service: 'scoring' }, 'invalid_field'],
    ['request-telemetry', { latencyMs: -1 }, 'value_out_of_range'],
    ['flag-exposures', { rolloutStage: 'beta_99' }, 'invalid_field'],
    ['operating-costs', { amountUsd: '-1000000000' }, 'value_out_of_range'],
    ['operating-costs', { amountUsd: '1000000000' }, 'value_out_of_range'],
    ['operating-costs', { amountUsd: 24.5 }, 'invalid_field'],
    ['operating-costs', { amountUsd: 'NaN' }, 'invalid_field'],
    ['operating-costs', { chargePeriodEnd: Date.UTC(2026, 0, 14) }, 'value_out_of_range'],
    ['operating-costs', { chargePeriodStart: -1 }, 'time_out_of_range'],
  ];
  it.each(refused)('keeps a %s with %j out as %s', (kind, changes, reason) => {
    const fault = faultOf(kind, changes);
    expect(fault?.reason).toBe(reason);
    expect(Object.keys(changes)).toContain(fault?.field);
  });

  it.each([
    ['lead-intelligence', { occurredAt: Date.UTC(2000, 0, 1) }],
    ['lead-intelligence', { occurredAt: NOW + 300_000 }],
    ['lead-intelligence', { userId: null, entityId: null, variant: null, tenantId: 'Zürich – 東京 🏠' }],
    ['lead-intelligence', { revision: 16_383, retracted: true }],
    ['churn-prevention', { interventionStage: 1, riskScore: 1 }],
    ['custom-metrics', { value: -1e12, valueUsd: null, attributes: {} }],
    ['operating-costs', { amountUsd: '0', chargePeriodStart: null }],
    ['operating-costs', { amountUsd: '-999999999.999999' }],
    ['request-telemetry', { featureId: 'something_new', service: 'checkout' }],
  ] as [EventKind, Record<string, unknown>][])('lets a %s at the edge in: %j', (kind, changes) => {
    expect(faultOf(kind, changes)).toBeNull();
  });

  it('takes an id in capitals for the same id', () => {
    const parsed = parseEvent('ai-coaching', validRecord('ai-coaching', { eventId: '0F8FAD5B-D9CB-469F-A165-70867728950E' }), limits);
    expect(parsed.ok && parsed.event.eventId).toBe('0f8fad5b-d9cb-469f-a165-70867728950e');
  });

  it('lists every finding for people, with what would be right', () => {
    const found = findingsOf('ai-coaching', validRecord('ai-coaching', { tenantId: '', productivityScore: -1, occurredAt: 1 }), limits);
    expect(found.map(({ field }) => field).sort()).toEqual(['occurredAt', 'productivityScore', 'tenantId']);
    for (const one of found) expect(one.expected).not.toBe('');
  });

  it('shows long values cut off, so that a log line stays a line', () => {
    expect(shownValue('x'.repeat(10_000_000)).length).toBeLessThan(160);
    expect(shownValue(undefined)).toBe('undefined');
    expect(shownValue(Number.NaN)).toBe('NaN');
  });

  it('agrees with the list of findings, whatever the record', () => {
    const anything = fc.oneof(fc.anything(), fc.constantFrom(0, 1, -1, 50, Number.NaN, '', 'a', null, true, NOW));
    const arbitrary = fc
      .constantFrom(...eventKinds)
      .chain((kind) => fc.record({ kind: fc.constant(kind), field: fc.constantFrom(...Object.keys(validRecord(kind))), value: anything }));
    fc.assert(
      fc.property(arbitrary, ({ kind, field, value }) => {
        const record = validRecord(kind, { [field]: value });
        expect(findingsOf(kind, record, limits).length === 0).toBe(parseEvent(kind, record, limits).ok);
      }),
      { numRuns: 3000 },
    );
  });

  it('lets nothing in whose measurements or worth are not finite, exact numbers', () => {
    const kinds = fc.constantFrom<[EventKind, string]>(
      ['lead-intelligence', 'responseTimeSeconds'],
      ['ai-coaching', 'sessionDurationMinutes'],
      ['custom-metrics', 'value'],
      ['custom-metrics', 'valueUsd'],
      ['request-telemetry', 'latencyMs'],
    );
    fc.assert(
      fc.property(kinds, fc.double(), ([kind, field], value) => {
        const parsed = parseEvent(kind, validRecord(kind, { [field]: value }), limits);
        if (!parsed.ok) return;
        for (const { value: measured, valueUsdMicros } of measurementsOf(parsed.event)) {
          expect(Number.isFinite(measured)).toBe(true);
          expect(Number.isSafeInteger(valueUsdMicros)).toBe(true);
        }
      }),
    );
  });
});
