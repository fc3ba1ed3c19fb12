import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadLetterHeaders, lateHeaders } from '../../../src/domain/deadletter.ts';
import type { InRecord } from '../../../src/runtime/records.ts';
import { alertRow, deadLetterRow, lateEventRow, timeText } from '../../../streams/record/rows.ts';

const place = { partition: 1, offset: '7', timestamp: String(Date.UTC(2026, 10, 21, 12)) };
const origin = { topic: 't1.impact-lead-intelligence', partition: 3, offset: '42', timestamp: String(Date.UTC(2026, 10, 21, 11)) };

function letter(headers: InRecord['headers'], key = 'acme|realtime_intelligence'): InRecord {
  return { key: Buffer.from(key), value: Buffer.from('abc'), timestamp: place.timestamp, offset: place.offset, headers: headers ?? {} };
}

const fault = { reason: 'invalid_field', message: 'a score is from 0 to 100', field: 'satisfactionScore' } as const;
const headers = deadLetterHeaders({}, origin, { fault, step: 'store.validate', schemaId: 12, version: '0.1.0' });

describe('a dead letter', () => {
  it('is identified by where the original stood, without the namespace', () => {
    const row = deadLetterRow(letter(headers), place, 'impact-dead-letters', 't1');
    expect(row).toMatchObject({
      topic: 'impact-lead-intelligence',
      partition: 3,
      offset: 42,
      step: 'store.validate',
      letter_partition: 1,
      letter_offset: 7,
    });
    expect(row).toMatchObject({ produced_at: '2026-11-21T11:00:00.000', dead_lettered_at: '2026-11-21T12:00:00.000' });
  });

  it('says why, and whose it is', () => {
    const row = deadLetterRow(letter(headers), place, 'impact-dead-letters', 't1');
    expect(row).toMatchObject({
      reason: 'invalid_field',
      message: fault.message,
      field: 'satisfactionScore',
      schema_id: 12,
      version: '0.1.0',
      attempt: 1,
    });
    expect(row).toMatchObject({ tenant: 'acme', feature: 'realtime_intelligence', key: 'acme|realtime_intelligence', size_bytes: 3 });
  });

  it('stands for itself when nobody says where it came from', () => {
    expect(deadLetterRow(letter({}), place, 'impact-dead-letters', '')).toMatchObject({
      topic: 'impact-dead-letters',
      partition: 1,
      offset: 7,
      reason: '',
    });
  });

  it('of a key that is not ours belongs to nobody', () => {
    expect(deadLetterRow(letter(headers, 'free text'), place, 'impact-dead-letters', '')).toMatchObject({
      tenant: '',
      feature: '',
      key: 'free text',
    });
    expect(deadLetterRow(letter(headers, 'a|b|c'), place, 'impact-dead-letters', '')).toMatchObject({ tenant: 'a|b', feature: 'c' });
  });

  it('becomes a row that fits its columns, whatever is in the headers', () => {
    const names = ['dl-topic', 'dl-partition', 'dl-offset', 'dl-timestamp', 'dl-schema-id', 'dl-attempt', 'dl-reason'] as const;
    const anyValue = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.bigInt().map(String),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), anyValue), fc.uint8Array(), (wild, key) => {
        const row = deadLetterRow({ ...letter(wild), key: Buffer.from(key) }, place, 'impact-dead-letters', '');
        expect(Number.isInteger(row['partition']) && Math.abs(Number(row['partition'])) < 2 ** 31).toBe(true);
        expect(Number.isSafeInteger(row['offset'])).toBe(true);
        expect(row['produced_at']).toMatch(/^(19[789]\d|2[01]\d\d|2200)-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
        expect(Number.isInteger(row['attempt']) && Number(row['attempt']) >= 0).toBe(true);
      }),
    );
  });
});

describe('a late event', () => {
  it('says for which stage it was too late, and by how much', () => {
    const late = lateHeaders({}, origin, { stage: 'window', lateByMs: 725_500, version: '0.1.0' });
    const row = lateEventRow(letter(late), place, 'impact-late-events', 't1');
    expect(row).toMatchObject({ stage: 'window', late_by_seconds: 725.5, topic: 'impact-lead-intelligence', partition: 3, offset: 42 });
  });
});

describe('an alert', () => {
  const alert = {
    transitionId: 'a-1',
    alertId: 'a',
    fingerprint: 'error-rate',
    ordinal: 1,
    rule: 'error-rate',
    ruleVersion: 2,
    title: 'Error rate',
    severity: 'warning',
    previousSeverity: null,
    state: 'firing',
    transition: 'opened',
    reason: null,
    scope: 'platform',
    tenantId: null,
    featureId: null,
    metric: 'request_error',
    statistic: 'percent',
    value: 2.5,
    previousValue: null,
    comparison: 'above',
    threshold: 2,
    windowStart: Date.UTC(2026, 10, 21, 11, 59),
    windowEnd: new Date(Date.UTC(2026, 10, 21, 12)),
    n: 1200,
    openedAt: Date.UTC(2026, 10, 21, 12),
    runbook: '',
  };

  it('keeps every field; absent texts are empty, absent numbers null', () => {
    const row = alertRow(alert, place);
    expect(row).toMatchObject({
      transition_id: 'a-1',
      ordinal: 1,
      rule_version: 2,
      previous_severity: '',
      tenant: '',
      value: 2.5,
      previous_value: null,
      n: 1200,
    });
    expect(row).toMatchObject({ window_start: '2026-11-21T11:59:00.000', window_end: '2026-11-21T12:00:00.000', partition: 1, offset: 7 });
    expect(Object.keys(row)).toHaveLength(Object.keys(alert).length + 3);
  });
});

describe('a time', () => {
  it('outside of what a column holds is moved to its edge', () => {
    expect(timeText(Number.NaN)).toBe('1971-01-01T00:00:00.000');
    expect(timeText(-1)).toBe('1971-01-01T00:00:00.000');
    expect(timeText(8.64e15)).toBe('2200-01-01T00:00:00.000');
  });
});
