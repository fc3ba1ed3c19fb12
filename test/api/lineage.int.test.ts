import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventOf, uuidOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let viewer: string;
const get = (id: string) => api.ask('GET', `/api/v1/events/${id}`, viewer);

const at = '2026-01-15T10:00:30Z';
const first = eventOf('lead-intelligence', at, {
  tenantId: 'acme',
  eventId: uuidOf('corrected'),
  responseTimeSeconds: 900,
  scoringLatencyMs: null,
  converted: null,
});
const neighbour = eventOf('lead-intelligence', at, {
  tenantId: 'acme',
  eventId: uuidOf('neighbour'),
  responseTimeSeconds: 30,
  scoringLatencyMs: null,
  converted: null,
});
const retracted = eventOf('ai-coaching', at, { tenantId: 'acme', eventId: uuidOf('retracted'), revision: 1, retracted: true });

beforeAll(async () => {
  api = await openTestApi();
  viewer = await api.token('viewer');
  await storeEvents(api.clickhouse, [first, neighbour, retracted]);
  await storeEvents(api.clickhouse, [{ ...first, revision: 1, responseTimeSeconds: 60 } as typeof first], 10);
});
afterAll(() => api?.close());

describe('the lineage of an event', () => {
  it('has its revisions with their place in Kafka, the one that holds first', async () => {
    const { json } = await get(uuidOf('corrected'));
    expect(json.events).toHaveLength(1);
    const [{ revisions, ...event }] = json.events;
    expect(event).toMatchObject({ tenant: 'acme', feature: 'realtime_intelligence', kind: 'lead-intelligence' });
    expect(revisions.map((one: { revision: number; holds: boolean }) => [one.revision, one.holds])).toEqual([
      [1, true],
      [0, false],
    ]);
    expect(revisions[0]).toMatchObject({
      occurredAt: '2026-01-15T10:00:30.000Z',
      userId: 'user_456',
      measurements: [{ metric: 'response_time_seconds', value: 60, valueUsd: '11.666667' }],
      kafka: { topic: 'impact-lead-intelligence', partition: 0, offset: 10, recordedAt: '2026-01-15T10:00:30.050Z' },
    });
    expect(revisions[0].payloadHash).not.toBe(revisions[1].payloadHash);
  });

  it('has the rollup rows that it counts in, with what they hold now', async () => {
    const { json } = await get(uuidOf('corrected').toUpperCase());
    expect(json.events[0].rollups).toEqual(
      [
        ['1m', '2026-01-15T10:00:00.000Z'],
        ['1h', '2026-01-15T10:00:00.000Z'],
        ['1d', '2026-01-15T00:00:00.000Z'],
      ].map(([tier, bucket]) => ({
        tier,
        bucket,
        metric: 'response_time_seconds',
        variant: 'treatment',
        n: 2,
        sum: 90,
        min: 30,
        max: 60,
        valueUsd: '23.750000',
      })),
    );
  });

  it('has no rollup rows when it is retracted', async () => {
    const { json } = await get(uuidOf('retracted'));
    expect(json.events[0]).toMatchObject({ rollups: [], revisions: [{ retracted: true, holds: true }] });
  });

  it('is a 404 for an id that is not stored, and a 400 for one that is none', async () => {
    expect((await get(uuidOf('never'))).status).toBe(404);
    expect((await get('42')).json).toMatchObject({
      status: 400,
      problems: [{ field: 'id', value: '42', expected: 'text of the format uuid' }],
    });
  });
});
