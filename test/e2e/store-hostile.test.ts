/** Ten thousand hostile inputs among good ones: each is stored, late, or dead-lettered with the right reason, and none stops the store. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import type { Encoder } from '../../src/runtime/codec.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { testConfig } from '../support/config.ts';
import { type HostileInput, hostileInputs } from '../support/hostile.ts';
import { allStored, openStore, openWorld, type World } from '../support/store.ts';
import { readTopic } from '../support/topic.ts';

const COUNT = 10_000;
let world: World;
let store: RunningStage;

/** Input n carries its number in a header, so that its fate can be told. Sent by hundreds they are compressed, so that giants get through. */
async function send(inputs: readonly HostileInput[]): Promise<void> {
  for (const kind of eventKinds) {
    const topic = topicName(world.config.namespace, eventTopics[kind]);
    const mine = inputs.map((input, n) => ({ ...input, n })).filter((input) => input.kind === kind);
    while (mine.length > 0) {
      const some = mine.splice(-300);
      await world.producer.send(
        topic,
        some.map(({ key, value, n }) => ({ key, value, headers: { n: String(n) } })),
      );
    }
  }
}

beforeAll(async () => {
  world = await openWorld(testConfig());
  store = await openStore(world.config);
});

afterAll(async () => {
  await store?.stop();
  await world?.close();
});

it('every hostile input ends where it belongs', async () => {
  const kinds = await Promise.all(
    eventKinds.map(async (kind): Promise<[EventKind, Encoder]> => [kind, await world.registry.encoder(kind)]),
  );
  const encoders = Object.fromEntries(kinds) as Record<EventKind, Encoder>;
  const inputs = hostileInputs(COUNT, { seed: 42, now: Date.now(), retentionRawDays: world.config.retentionRawDays, encoders });
  await send(inputs);
  await allStored(world.config, 60_000);
  const rows = await world.clickhouse.query<{ id: string }>('SELECT toString(event_id) AS id FROM events FINAL');
  const stored = new Set(rows.map(({ id }) => id));
  const reasons = new Map((await readTopic(world.config, topics.deadLetters)).map(({ headers }) => [headers['n'], headers['dl-reason']]));
  const late = new Set((await readTopic(world.config, topics.lateEvents)).map(({ headers }) => headers['n']));
  const fate = ({ eventId }: HostileInput, n: number): string | undefined => {
    if (late.has(String(n))) return 'late';
    return reasons.get(String(n)) ?? (stored.has(eventId) ? 'stored' : undefined);
  };
  const wrong = inputs
    .map((input, n) => ({ what: input.what, expected: input.expected, found: fate(input, n) }))
    .filter(({ expected, found }) => found !== expected);
  expect(wrong).toEqual([]);
  expect(stored.size).toBe(inputs.filter(({ expected }) => expected === 'stored').length);
  expect(store.health()).toEqual({ ready: true, reasons: [] });
});
