import { describe, expect, it } from 'vitest';
import { cloudEventOf, placeOf, recordOfCloudEvent } from '../../src/domain/cloudevent.ts';
import { completeRecord, unknownFields } from '../../src/domain/complete.ts';
import { eventKinds, type FeatureEvent } from '../../src/domain/event.ts';
import { findingsOf, parseEvent } from '../../src/domain/validate.ts';
import { NOW, validRecord } from '../support/events.ts';

const limits = { now: NOW, maxFutureMs: 300_000 };
const fixedUuid = () => '11111111-1111-5111-8111-111111111111';
const through = (event: FeatureEvent) => recordOfCloudEvent(JSON.parse(JSON.stringify(cloudEventOf(event))), fixedUuid);

describe('a CloudEvent', () => {
  it.each(eventKinds)('carries a %s there and back unchanged', (kind) => {
    const parsed = parseEvent(kind, validRecord(kind), limits);
    if (!parsed.ok) throw new Error(parsed.fault.message);
    expect(through(parsed.event)).toEqual({ kind, problems: [], record: validRecord(kind) });
  });

  it('has only names that the specification allows, and no nulls', () => {
    for (const kind of eventKinds) {
      const cloudEvent = cloudEventOf({ ...validRecord(kind, { userId: null }), kind } as unknown as FeatureEvent);
      for (const [name, value] of Object.entries(cloudEvent)) {
        expect(name).toMatch(/^[a-z0-9]+$/);
        expect(value).not.toBeNull();
      }
    }
  });

  const lead = {
    specversion: '1.0',
    type: 'io.impactstream.lead-intelligence',
    source: 's',
    id: 'order-7',
    time: '2026-01-15T10:00:00+01:00',
    tenantid: 't',
  };

  it('may leave out what has a default, and its feature where there is only one', () => {
    const { kind, record, problems } = recordOfCloudEvent({ ...lead, data: { responseTimeSeconds: 1 } }, fixedUuid);
    expect(problems).toEqual([]);
    expect(kind && findingsOf(kind, record, limits)).toEqual([]);
    expect(record).toMatchObject({
      featureId: 'realtime_intelligence',
      revision: 0,
      converted: null,
      occurredAt: Date.UTC(2026, 0, 15, 9),
    });
  });

  it('with an id that is no UUID gets one made of source and id', () => {
    expect(recordOfCloudEvent({ ...lead, data: { responseTimeSeconds: 1 } }, (source, id) => `${source}/${id}`).record['eventId']).toBe(
      's/order-7',
    );
  });

  it.each([
    ['type', { type: 'com.example.thing' }],
    ['specversion', { specversion: '0.3' }],
    ['time', { time: 'yesterday' }],
    ['time', { time: '2026-01-15 10:00:00' }],
    ['time', { time: '2026-13-45T10:00:00Z' }],
    ['data', { data: 'text' }],
    ['data', { data: undefined }],
    ['data.responseTimeMinutes', { data: { responseTimeSeconds: 1, responseTimeMinutes: 2 } }],
  ])('names %s when %j is wrong', (field, change) => {
    const { problems } = recordOfCloudEvent({ ...lead, data: { responseTimeSeconds: 1 }, ...change }, fixedUuid);
    expect(problems.map((one) => one.field)).toEqual([field]);
    expect(problems[0]?.expected).toBeTruthy();
  });

  it('says every missing attribute by its own name', () => {
    const { kind, record, problems } = recordOfCloudEvent(
      { specversion: '1.0', type: 'io.impactstream.custom-metrics', data: {} },
      fixedUuid,
    );
    const places = kind ? findingsOf(kind, record, limits).map(({ field }) => placeOf(field)) : [];
    expect(problems).toEqual([]);
    expect(places.sort()).toEqual(['data.metric', 'data.value', 'featureid', 'id', 'source', 'tenantid', 'time']);
  });
});

describe('what a sender leaves out', () => {
  it('is what the Avro schema says, so that both ways in agree', () => {
    expect(completeRecord('custom-metrics', { metric: 'm', userId: undefined })).toEqual({
      revision: 0,
      retracted: false,
      userId: null,
      entityId: null,
      variant: null,
      valueUsd: null,
      attributes: {},
      metric: 'm',
    });
    expect(completeRecord('request-telemetry', {})['featureId']).toBe('platform');
  });

  it('is told apart from a slip of the pen', () => {
    expect(unknownFields('ai-coaching', { productivityScore: 1, productivtyScore: 1, kind: 'ai-coaching' })).toEqual(['productivtyScore']);
  });
});
