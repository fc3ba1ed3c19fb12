import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topics } from '../../../src/domain/topics.ts';
import type { RunningStage } from '../../../src/runtime/stage.ts';
import { testConfig } from '../../support/config.ts';
import { validRecord } from '../../support/events.ts';
import { eventually } from '../../support/eventually.ts';
import { allStored, openStore, openWorld, sendEvents, storeLag, type World } from '../../support/store.ts';
import { readTopic } from '../../support/topic.ts';

const HOLD_MS = 1000;
let world: World;
let store: RunningStage;

const events = (from: number, count: number, partition: number, source: string) =>
  Array.from({ length: count }, (_, n) => ({
    kind: 'custom-metrics' as const,
    partition,
    record: validRecord('custom-metrics', {
      eventId: `00000000-0000-4000-8000-${String(from + n).padStart(12, '0')}`,
      source,
      occurredAt: Date.now(),
    }),
  }));

const stored = async (): Promise<number> =>
  (await world.clickhouse.query<{ n: number }>('SELECT count() AS n FROM events_active'))[0]?.n ?? 0;

const deadLetters = async (): Promise<number> => (await readTopic(world.config, topics.deadLetters)).length;

beforeAll(async () => {
  world = await openWorld(testConfig({ STORE_FLUSH_MS: '50', BREAKER_RUN: '20' }));
  store = await openStore(world.config, '', HOLD_MS);
});

afterAll(async () => {
  await store?.stop();
  await world?.close();
});

describe('the breaker', () => {
  it('stops a partition whose every row is refused, instead of emptying it into the dead letters, and lets the others go on', async () => {
    await world.clickhouse.command("ALTER TABLE events ADD CONSTRAINT deploy CHECK source != 'new'");
    await sendEvents(world, [...events(0, 500, 0, 'new'), ...events(1000, 50, 1, 'old')]);
    await eventually(() => expect(store.health()).toMatchObject({ ready: false, reasons: [expect.stringContaining('the breaker holds')] }));
    await eventually(async () => expect(await stored()).toBe(50));
    await eventually(async () => expect(await storeLag(world.config)).toBe(500 - (await deadLetters())));
    // A first flush of less than a hundred rows may still be taken for bad data.
    expect(await deadLetters()).toBeLessThan(100);
  });

  it('tries again after a while, and goes on when the fault is mended', async () => {
    await world.clickhouse.command('ALTER TABLE events DROP CONSTRAINT deploy');
    await allStored(world.config);
    expect((await stored()) + (await deadLetters())).toBe(550);
    expect(await deadLetters()).toBeLessThan(100);
    await eventually(() => expect(store.health()).toEqual({ ready: true, reasons: [] }));
  });
});
