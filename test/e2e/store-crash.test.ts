/** The store is killed at every numbered step and at random times; what it made must equal what an undisturbed store makes of the same records. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { openLag } from '../support/group-lag.ts';
import { allStored, openStore, openWorld, sendEvents, type World } from '../support/store.ts';
import { hardLoad, randomOf } from '../support/store-load.ts';
import { SHORT_SESSION, spawnStore } from '../support/store-process.ts';
import { storeState } from '../support/store-state.ts';

const PARTITIONS = 2;
const CHUNKS = 24;
const KILLS = 31;
const from = Math.floor((Date.now() - 3 * 3_600_000) / 3_600_000) * 3_600_000;
const steps = [
  'store.before-raw-insert',
  'store.after-raw-insert',
  'store.after-minutes',
  'store.after-hours',
  'store.after-days',
  'store.after-dead-letters',
  'store.after-commit',
];

const load = hardLoad({ seed: 7, count: 4800, from, partitions: PARTITIONS });
const size = load.length / CHUNKS;
let chunk = 0;

const env = testEnv({ ...SHORT_SESSION, STORE_FLUSH_MS: '20', STORE_FLUSH_ROWS: '100', KAFKA_PARTITIONS: String(PARTITIONS) });
const calmEnv = testEnv({ STORE_FLUSH_MS: '100', KAFKA_PARTITIONS: String(PARTITIONS) });
let world: World;
let calm: World;

/** Both worlds get the same records at the same offsets. */
async function sendNext(): Promise<void> {
  const events = load.slice(chunk * size, (chunk + 1) * size);
  chunk += 1;
  await Promise.all([sendEvents(world, events), sendEvents(calm, events)]);
}

beforeAll(async () => {
  [world, calm] = await Promise.all([openWorld(loadConfig(env)), openWorld(loadConfig(calmEnv))]);
});

afterAll(async () => {
  await Promise.all([world?.close(), calm?.close()]);
});

describe('a store that is killed', () => {
  it('at each numbered step, leaves nothing that its successor does not mend', async () => {
    for (const step of steps) {
      await sendNext();
      expect(await spawnStore(env, step).ended).toBe('SIGKILL');
    }
  }, 300_000);

  it(`and at random moments under load, ${KILLS} times in all, loses nothing and doubles nothing`, async () => {
    const random = randomOf(11);
    const lag = openLag(world.config, 'store');
    for (let kill = steps.length; kill < KILLS; kill++) {
      if (chunk < CHUNKS - 1) await sendNext();
      const store = spawnStore(env);
      const before = await lag.read();
      // From its first steps to well after its first commit: some die before they join, some in the middle of a flush.
      if (kill % 3 > 0) await eventually(async () => expect(await lag.read()).not.toBe(before), 3000, 20).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, random() * 400));
      store.child.kill('SIGKILL');
      expect(await store.ended).toBe('SIGKILL');
    }
    await lag.close();
  }, 300_000);

  it('has made exactly what an undisturbed one makes', async () => {
    while (chunk < CHUNKS) await sendNext();
    const undisturbed = await openStore(calm.config);
    const survivor = spawnStore(env);
    await Promise.all([allStored(calm.config, 90_000), allStored(world.config, 90_000)]);
    const [made, wanted] = await Promise.all([storeState(world), storeState(calm)]);
    survivor.child.kill('SIGTERM');
    await Promise.all([undisturbed.stop(), survivor.ended]);
    expect(wanted['events']?.length).toBeGreaterThan(3000);
    expect(wanted['deadLetters']?.length).toBeGreaterThan(10);
    expect(wanted['late']?.length).toBeGreaterThan(10);
    expect(made).toEqual(wanted);
  }, 300_000);
});
