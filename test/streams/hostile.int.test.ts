/** Ten thousand hostile inputs through the real road: each is stored, late or dead-lettered as its recipe says, and no stage stops. */
import { CompressionTypes, type Message } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { startStatefulStages } from '../support/alerting-stages.ts';
import { testConfig } from '../support/config.ts';
import { validRecord } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { groupLag } from '../support/group-lag.ts';
import { type HostileInput, hostileInputs } from '../support/hostile.ts';
import { allStored, openStore, openWorld, sendEvents, type World } from '../support/store.ts';
import { type Read, readTopic } from '../support/topic.ts';

const COUNT = 10_000;
/** Messages sent in one request. Compressed, as hostile senders may: so ten megabytes of one letter get past the broker. */
const TOGETHER = 500;

const config = testConfig({ STORE_FLUSH_MS: '200', WINDOW_SIZES: '10s', ROI_WINDOW_SIZES: '1h' });
const adapters = openAdapters(config);
let world: World;
let store: RunningStage & { metricsText(): Promise<string> };
let window: RunningStage;
let inputs: HostileInput[];

async function sendInputs(): Promise<void> {
  const producer = createKafka(config, createLogs(config)('kafka')).producer();
  await producer.connect();
  for (let from = 0; from < COUNT; from += TOGETHER) {
    const messages = inputs.slice(from, from + TOGETHER).map(({ key, value, kind }, i): [EventKind, Message] => {
      return [kind, { key, value, headers: { input: String(from + i) } }];
    });
    const topicMessages = [...Map.groupBy(messages, ([kind]) => kind)].map(([kind, group]) => ({
      topic: topicName(config.namespace, eventTopics[kind]),
      messages: group.map(([, message]) => message),
    }));
    await producer.sendBatch({ acks: -1, compression: CompressionTypes.GZIP, topicMessages });
  }
  await producer.disconnect();
}

beforeAll(async () => {
  world = await openWorld(config);
  const encoders = await Promise.all(eventKinds.map(async (kind) => [kind, await world.registry.encoder(kind)]));
  inputs = hostileInputs(COUNT, {
    seed: 20_261_121,
    now: Date.now(),
    retentionRawDays: config.retentionRawDays,
    encoders: Object.fromEntries(encoders),
  });
  await sendInputs();
  store = await openStore(config);
  [window] = (await startStatefulStages(adapters, ['window'])) as [RunningStage];
});

afterAll(async () => {
  await Promise.all([store?.stop(), window?.stop()]);
  await Promise.all([world?.close(), adapters.close()]);
});

const inputOf = ({ headers }: Read): number => Number(headers['input']);

/** What became of each input: every outcome there is of it, so that two are a fault as much as none. */
async function outcomes(): Promise<string[][]> {
  const found = inputs.map((): string[] => []);
  const [letters, late, rows] = await Promise.all([
    readTopic(config, topics.deadLetters),
    readTopic(config, topics.lateEvents),
    world.clickhouse.query<{ event_id: string }>('SELECT event_id FROM events FINAL'),
  ]);
  for (const letter of letters) found[inputOf(letter)]?.push(letter.headers['dl-reason'] ?? 'no reason');
  for (const event of late.filter(({ headers }) => headers['late-stage'] === 'store')) found[inputOf(event)]?.push('late');
  const stored = new Set(rows.map(({ event_id }) => event_id));
  for (const [i, { eventId }] of inputs.entries()) if (stored.has(eventId)) found[i]?.push('stored');
  return found;
}

describe('ten thousand hostile inputs', () => {
  it('are each stored, late or dead-lettered with the right reason, and nothing else becomes of them', async () => {
    await allStored(config, 60_000);
    const found = await outcomes();
    const wrong = inputs.flatMap(({ what, expected }, i) =>
      found[i]?.join() === expected ? [] : [`${what}: ${found[i]?.join(' and ') || 'lost'}, expected ${expected}`],
    );
    expect([...new Set(wrong)]).toEqual([]);
    const [{ rows }] = (await world.clickhouse.query<{ rows: number }>('SELECT count() AS rows FROM events FINAL')) as [{ rows: number }];
    expect(rows).toBe(inputs.filter(({ expected }) => expected === 'stored').length);
  });

  it('lie among the dead letters byte for byte, with their keys and where they came from', async () => {
    const letters = await readTopic(config, topics.deadLetters);
    const changed = letters.filter((letter) => {
      const { key, value } = inputs[inputOf(letter)] as HostileInput;
      return letter.key !== key || !(value === null ? letter.value === null : letter.value?.equals(value));
    });
    expect(changed).toEqual([]);
    const places = new Set(letters.map(({ headers }) => `${headers['dl-topic']}/${headers['dl-partition']}/${headers['dl-offset']}`));
    expect(places.size).toBe(letters.length);
  });

  it('stop neither the store nor the windows, which go on with what comes next', async () => {
    await eventually(async () => expect(await groupLag(config, 'window')).toBe(0), 60_000);
    const dead = inputs.filter(({ expected }) => expected !== 'stored' && expected !== 'late').length;
    expect((await adapters.metrics.render()).text).toContain(`impact_window_events_total{outcome="invalid"} ${dead}`);
    const eventId = '00000000-0000-4000-8000-00000000000a';
    await sendEvents(world, [{ kind: 'custom-metrics', record: validRecord('custom-metrics', { eventId, occurredAt: Date.now() }) }]);
    await Promise.all([allStored(config), eventually(async () => expect(await groupLag(config, 'window')).toBe(0))]);
    expect(await world.clickhouse.query(`SELECT count() AS n FROM events FINAL WHERE event_id = '${eventId}'`)).toEqual([{ n: 1 }]);
    expect([store.health(), window.health()]).toEqual([
      { ready: true, reasons: [] },
      { ready: true, reasons: [] },
    ]);
  });
});
