import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { testConfig } from '../support/config.ts';
import { validRecord } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { allStored, openStore, openWorld, type Rollup, rollupRows, type Sent, sendEvents, type World } from '../support/store.ts';
import { readTopic } from '../support/topic.ts';

const hour = Math.floor((Date.now() - 7_200_000) / 3_600_000) * 3_600_000;
let world: World;
let store: RunningStage & { metricsText(): Promise<string> };

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** Each test has a tenant of its own. Values are quarters, so that sums are exact in any order. */
const custom = (tenantId: string, n: number, changes: Record<string, unknown> = {}): Sent => ({
  kind: 'custom-metrics',
  record: validRecord('custom-metrics', {
    tenantId,
    eventId: uuid(n),
    occurredAt: hour + n,
    metric: 'm',
    value: 0.25,
    valueUsd: null,
    ...changes,
  }),
});

const of = async (tenant: string, tier: '1m' | '1h' | '1d' = '1m'): Promise<(Rollup & { tenant: string })[]> =>
  (await rollupRows(world, tier)).filter((row) => (row as Rollup & { tenant: string }).tenant === tenant) as (Rollup & {
    tenant: string;
  })[];

/** Sends to one partition and waits until it is stored. */
async function send(events: Sent[], partition = 0): Promise<void> {
  await sendEvents(
    world,
    events.map((event) => ({ partition, ...event })),
  );
  await allStored(world.config);
}

beforeAll(async () => {
  world = await openWorld(testConfig({ STORE_FLUSH_MS: '50', KAFKA_MAX_BATCH_BYTES: '2000000' }));
  store = await openStore(world.config);
});

afterAll(async () => {
  await store?.stop();
  await world?.close();
});

describe('the store', () => {
  it('turns events into rows and three tiers of rollups', async () => {
    const lead = (n: number, changes: Record<string, unknown> = {}): Sent => ({
      kind: 'lead-intelligence',
      record: validRecord('lead-intelligence', {
        tenantId: 'lead',
        eventId: uuid(n),
        occurredAt: hour + n,
        responseTimeSeconds: 25.25,
        ...changes,
      }),
    });
    await sendEvents(world, [lead(1), lead(2, { responseTimeSeconds: 900 }), lead(3, { variant: null })]);
    await eventually(async () => expect((await of('lead', '1d')).reduce((n, row) => n + row.n, 0)).toBe(9));
    for (const tier of ['1m', '1h', '1d'] as const) {
      const response = (await of('lead', tier)).filter(({ metric }) => metric === 'response_time_seconds');
      expect(response).toMatchObject([
        { variant: '', n: 1, sum: 25.25, value_usd: '12.149306' },
        { variant: 'treatment', n: 2, sum: 925.25, value_usd: '12.149306', users: 1 },
      ]);
    }
  });

  it('keeps every field of an event, and where it came from', async () => {
    await send([{ ...custom('fields', 7, { attributes: { event: 'signup' }, valueUsd: 1.5 }), at: hour + 5000 }]);
    const [row] = await world.clickhouse.query<Record<string, unknown>>("SELECT * FROM events_active WHERE tenant = 'fields'");
    expect(row).toMatchObject({
      feature: 'my_feature',
      event_id: uuid(7),
      kind: 'custom-metrics',
      revision: 0,
      occurred_at: new Date(hour + 7).toISOString(),
      user_id: 'user_456',
      entity_id: 'lead_789',
      variant: 'treatment',
      source: 'lead-router',
      metrics: ['m'],
      values: [0.25],
      values_usd: ['1.5'],
      attributes: { event: 'signup' },
      topic: topicName(world.config.namespace, eventTopics['custom-metrics']),
      partition: 0,
      recorded_at: new Date(hour + 5000).toISOString(),
    });
  });

  it('counts a duplicate once: in one batch, later, and on another partition', async () => {
    await send([custom('twice', 1), custom('twice', 1), custom('twice', 2)]);
    await send([custom('twice', 1)]);
    await send([custom('twice', 2)], 1);
    await eventually(async () => {
      const [row] = await world.clickhouse.query<{ n: number }>("SELECT uniqExact(partition) AS n FROM events WHERE tenant = 'twice'");
      expect(row?.n).toBeGreaterThan(0);
    });
    for (const tier of ['1m', '1h', '1d'] as const) expect(await of('twice', tier)).toMatchObject([{ n: 2, sum: 0.5 }]);
  });

  it('lets the first delivery win when payloads conflict, whichever arrives first, and puts the conflict on record', async () => {
    await send([{ ...custom('conflict', 1, { value: 2 }), at: hour + 2000 }]);
    await send([{ ...custom('conflict', 1, { value: 1 }), at: hour + 1000 }]);
    expect(await of('conflict')).toMatchObject([{ n: 1, sum: 1 }]);
    await eventually(async () => {
      const conflicts = await world.clickhouse.query<{ event_id: string; payload_hashes: string[] }>(
        "SELECT event_id, payload_hashes FROM event_conflicts FINAL WHERE tenant = 'conflict'",
      );
      expect(conflicts).toHaveLength(1);
      expect(conflicts[0]?.payload_hashes).toHaveLength(2);
    });
    expect(await store.metricsText()).toContain('impact_store_conflicts_total 1');
  });

  it('corrects by revision, also when an older revision comes later', async () => {
    await send([custom('correct', 1, { value: 1 }), custom('correct', 2, { value: 8 })]);
    await send([custom('correct', 1, { value: 4, revision: 2 })]);
    await send([custom('correct', 1, { value: 2, revision: 1 })]);
    for (const tier of ['1m', '1h', '1d'] as const) expect(await of('correct', tier)).toMatchObject([{ n: 2, sum: 12 }]);
  });

  it('moves an event to another variant and metric by a correction, and leaves nothing behind', async () => {
    await send([custom('move', 1)]);
    await send([custom('move', 1, { revision: 1, variant: 'control', metric: 'other' })]);
    for (const tier of ['1m', '1h', '1d'] as const)
      expect(await of('move', tier)).toMatchObject([{ metric: 'other', variant: 'control', n: 1, sum: 0.25 }]);
  });

  it('takes an event back', async () => {
    await send([custom('retract', 1), custom('retract', 2)]);
    await send([custom('retract', 1, { revision: 1, retracted: true })]);
    for (const tier of ['1m', '1h', '1d'] as const) expect(await of('retract', tier)).toMatchObject([{ n: 1, sum: 0.25 }]);
    await send([custom('retract', 2, { revision: 1, retracted: true })]);
    for (const tier of ['1m', '1h', '1d'] as const) expect(await of('retract', tier)).toEqual([]);
  });

  it('sends what is older than the raw retention to the late topic, and does not recompute its minute', async () => {
    await send([custom('late', 1, { occurredAt: Date.now() - 91 * 86_400_000 })]);
    const late = (await readTopic(world.config, topics.lateEvents)).filter(({ key }) => key?.startsWith('late|'));
    expect(late).toHaveLength(1);
    expect(late[0]?.headers).toMatchObject({ 'late-stage': 'store', 'late-partition': '0' });
    expect(Number(late[0]?.headers['late-by-ms'])).toBeGreaterThan(86_000_000);
    expect(await of('late')).toEqual([]);
  });

  it('dead-letters bad records with their bytes, key, headers and coordinates, and stores their neighbours', async () => {
    const topic = topicName(world.config.namespace, eventTopics['custom-metrics']);
    const garbage = Buffer.from('garbage');
    await world.producer.send(topic, [{ key: 'bad|x', value: garbage, partition: 0, headers: { trace: 'abc', 'dl-attempt': '1' } }]);
    await send([custom('bad', 1, { tenantId: '' }), custom('bad', 2), custom('bad', 3, { value: Number.NaN })]);
    const letters = (await readTopic(world.config, topics.deadLetters)).filter(
      ({ key }) => key === 'bad|x' || key === '|my_feature' || key === 'bad|my_feature',
    );
    expect(letters.map(({ headers }) => [headers['dl-reason'], headers['dl-field'], headers['dl-attempt']])).toEqual(
      expect.arrayContaining([
        ['not_avro_framed', undefined, '2'],
        ['invalid_field', 'tenantId', '1'],
        ['value_out_of_range', 'value', '1'],
      ]),
    );
    const [first] = letters.filter(({ key }) => key === 'bad|x');
    expect(first?.value).toEqual(garbage);
    expect(first?.headers).toMatchObject({ trace: 'abc', 'dl-topic': topic, 'dl-partition': '0', 'dl-step': 'store.decode' });
    expect(await of('bad')).toMatchObject([{ n: 1 }]);
  });

  it('dead-letters a batch that unpacks to too much as one record with its coordinates, and stores what comes behind it', async () => {
    const topic = topicName(world.config.namespace, eventTopics['custom-metrics']);
    const values = Array.from({ length: 20 }, () => ({ key: 'bomb|x', value: Buffer.alloc(200_000), partition: 1 }));
    await world.producer.send(topic, values);
    await send([custom('behind', 1)], 1);
    expect(await of('behind')).toMatchObject([{ n: 1 }]);
    const letters = (await readTopic(world.config, topics.deadLetters)).filter(
      ({ headers }) => headers['dl-reason'] === 'unreadable_batch',
    );
    expect(letters.map(({ headers }) => headers)).toMatchObject([{ 'dl-topic': topic, 'dl-partition': '1' }]);
    expect(letters[0]?.headers['dl-message']).toMatch(/^offsets \d+ to \d+, 20 records in \d+ bytes: more than 2000000 bytes$/);
  });

  it('finds the one row that ClickHouse refuses, and stores the others', async () => {
    await world.clickhouse.command("ALTER TABLE events ADD CONSTRAINT no_poison CHECK source != 'poison'");
    const events = Array.from({ length: 300 }, (_, n) => custom('poison', n + 1, n === 123 ? { source: 'poison' } : {}));
    await send(events);
    await world.clickhouse.command('ALTER TABLE events DROP CONSTRAINT no_poison');
    expect(await of('poison', '1d')).toMatchObject([{ n: 299 }]);
    const letters = (await readTopic(world.config, topics.deadLetters)).filter(
      ({ headers }) => headers['dl-reason'] === 'rejected_by_clickhouse',
    );
    expect(letters).toHaveLength(1);
    expect(letters[0]?.headers).toMatchObject({ 'dl-step': 'store.insert' });
  });

  it('is ready and stays so', () => {
    expect(store.health()).toEqual({ ready: true, reasons: [] });
  });
});
