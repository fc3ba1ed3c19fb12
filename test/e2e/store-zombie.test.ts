/** Owners that are frozen past their session and wake up as zombies, members that come and go: the outcome equals an undisturbed store's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { openLag } from '../support/group-lag.ts';
import { allStored, openStore, openWorld, sendEvents, type World } from '../support/store.ts';
import { hardLoad, randomOf } from '../support/store-load.ts';
import { SHORT_SESSION, type StoreProcess, spawnStore } from '../support/store-process.ts';
import { storeState } from '../support/store-state.ts';

const PARTITIONS = 3;
const from = Math.floor((Date.now() - 3 * 3_600_000) / 3_600_000) * 3_600_000;
const load = hardLoad({ seed: 9, count: 4000, from, partitions: PARTITIONS });
const CHUNK = 100;
let sent = 0;

const env = testEnv({ ...SHORT_SESSION, STORE_FLUSH_MS: '20', STORE_FLUSH_ROWS: '60', KAFKA_PARTITIONS: String(PARTITIONS) });
const calmEnv = testEnv({ STORE_FLUSH_MS: '100', KAFKA_PARTITIONS: String(PARTITIONS) });
const alive = new Set<StoreProcess>();
let world: World;
let calm: World;

async function sendNext(chunks = 1): Promise<void> {
  for (let n = 0; n < chunks && sent < load.length; n++) {
    const events = load.slice(sent, sent + CHUNK);
    sent += CHUNK;
    await Promise.all([sendEvents(world, events), sendEvents(calm, events)]);
  }
}

function start(): StoreProcess {
  const store = spawnStore(env);
  alive.add(store);
  return store;
}

async function stop(store: StoreProcess): Promise<void> {
  store.child.kill('SIGTERM');
  await store.ended;
  alive.delete(store);
}

/** Waits until somebody commits: the lag gets smaller than it is now, or nothing is left. */
async function progress(): Promise<void> {
  const lag = openLag(world.config, 'store');
  try {
    const before = await lag.read();
    if (before > 0) await eventually(async () => expect(await lag.read()).toBeLessThan(before), 60_000);
  } finally {
    await lag.close();
  }
}

beforeAll(async () => {
  [world, calm] = await Promise.all([openWorld(loadConfig(env)), openWorld(loadConfig(calmEnv))]);
});

afterAll(async () => {
  for (const { child } of alive) child.kill('SIGKILL');
  await Promise.all([world?.close(), calm?.close()]);
});

describe('a store', () => {
  it('that is frozen past its session does no harm when it wakes', async () => {
    const random = randomOf(5);
    let owner = start();
    for (let freeze = 0; freeze < 5; freeze++) {
      await sendNext(4);
      await progress();
      await sendNext(2);
      await new Promise((resolve) => setTimeout(resolve, random() * 200));
      const frozen = owner;
      frozen.child.kill('SIGSTOP');
      owner = start();
      await progress();
      frozen.child.kill('SIGCONT');
      await sendNext(1);
      await progress();
      await stop(frozen);
    }
    await stop(owner);
  }, 300_000);

  it('shares its partitions with two more under load, and takes them back', async () => {
    const first = start();
    await sendNext(1);
    await progress();
    const others = [start(), start()];
    for (let n = 0; n < 5; n++) {
      await sendNext(1);
      await progress();
    }
    await Promise.all(others.map(stop));
    await sendNext(load.length);
    const undisturbed = await openStore(calm.config);
    await Promise.all([allStored(world.config, 60_000), allStored(calm.config, 60_000)]);
    const [made, wanted] = await Promise.all([storeState(world), storeState(calm)]);
    await Promise.all([stop(first), undisturbed.stop()]);
    expect(wanted['events']?.length).toBeGreaterThan(2500);
    expect(made).toEqual(wanted);
  }, 300_000);
});
