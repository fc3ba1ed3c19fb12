/**
 * The store on three brokers and two ClickHouse shards: four processes, a broker killed and a process added and removed under load.
 * What they make together equals what one undisturbed store makes on single components.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StackEndpoints, stackDown, stackUp, startComponent, stopComponent } from '../../infra/stack.ts';
import { loadConfig } from '../../src/config.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { ownStack } from '../support/stack.ts';
import { allStored, openStore, openWorld, sendEvents, storeLag, type World } from '../support/store.ts';
import { hardLoad } from '../support/store-load.ts';
import { type StoreProcess, spawnStore } from '../support/store-process.ts';
import { storeState } from '../support/store-state.ts';
import { readTopic } from '../support/topic.ts';

const PARTITIONS = 3;
const CHUNK = 200;
const from = Math.floor((Date.now() - 3 * 3_600_000) / 3_600_000) * 3_600_000;
const load = hardLoad({ seed: 13, count: 3000, from, partitions: PARTITIONS });
const stack = ownStack('store-cluster');
const processes = new Set<StoreProcess>();
let env: Record<string, string>;
let world: World;
let calm: World;
let sent = 0;

function clusterEnv(endpoints: StackEndpoints): Record<string, string> {
  return testEnv({
    KAFKA_BROKERS: endpoints.kafka,
    KAFKA_REPLICATION: '3',
    KAFKA_MIN_IN_SYNC: '2',
    KAFKA_PARTITIONS: String(PARTITIONS),
    SCHEMA_REGISTRY_URL: endpoints.registry,
    CLICKHOUSE_URL: endpoints.clickhouse,
    CLICKHOUSE_CLUSTER: 'impact',
    STORE_FLUSH_MS: '50',
    STORE_FLUSH_ROWS: '500',
    KAFKA_SESSION_TIMEOUT_MS: '10000',
  });
}

async function send(chunks: number): Promise<void> {
  for (let n = 0; n < chunks && sent < load.length; n++) {
    const events = load.slice(sent, sent + CHUNK);
    sent += CHUNK;
    // While a leader is being replaced the producer gives up; what it sends again is the same events.
    await Promise.all([eventually(() => sendEvents(world, events), 60_000), sendEvents(calm, events)]);
  }
}

function start(): StoreProcess {
  const store = spawnStore(env);
  processes.add(store);
  return store;
}

async function stop(store: StoreProcess): Promise<void> {
  store.child.kill('SIGTERM');
  await store.ended;
  processes.delete(store);
}

async function progress(): Promise<void> {
  const before = await eventually(() => storeLag(world.config), 60_000);
  if (before > 0) await eventually(async () => expect(await storeLag(world.config)).toBeLessThan(before), 60_000);
}

/** What was acknowledged must be on the topics; else the store could not be blamed for missing it. */
async function missingOnTopics(): Promise<(number | undefined)[]> {
  const found = new Set<string | undefined>();
  for (const topic of Object.values(eventTopics))
    for (const { headers } of await readTopic(world.config, topic)) found.add(headers['sent']);
  return load.map(({ at }) => at).filter((at) => !found.has(String(at)));
}

beforeAll(async () => {
  env = clusterEnv(await stackUp({ name: stack, ports: 'free', cluster: true }));
  [world, calm] = await Promise.all([openWorld(loadConfig(env)), openWorld(loadConfig(testEnv({ KAFKA_PARTITIONS: String(PARTITIONS) })))]);
}, 120_000);

afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all([world?.close(), calm?.close()]);
  await stackDown({ name: stack, wipe: true });
});

it('four stores on a cluster make what one makes, with a broker killed and a store added and removed', async () => {
  const undisturbed = await openStore(calm.config);
  const four = [start(), start(), start(), start()];
  await send(4);
  await progress();
  await stopComponent('kafka', { stack, node: 2, signal: 'SIGKILL' });
  await send(4);
  await progress();
  const fifth = start();
  await send(2);
  await progress();
  await startComponent('kafka', { stack, node: 2 });
  await stop(fifth);
  await send(load.length);
  await Promise.all([allStored(world.config, 90_000), allStored(calm.config, 90_000)]);
  expect(await missingOnTopics()).toEqual([]);
  const [made, wanted] = await Promise.all([storeState(world, false), storeState(calm, false)]);
  await Promise.all([...four.map(stop), undisturbed.stop()]);
  expect(wanted['events']?.length).toBeGreaterThan(2000);
  expect(made).toEqual(wanted);
}, 240_000);

it('keeps one tenant on one shard', async () => {
  const rows = await world.clickhouse.query<{ tenant: string; shards: number }>(
    'SELECT tenant, uniqExact(_shard_num) AS shards FROM rollup_1m GROUP BY tenant',
  );
  expect(rows.map(({ shards }) => shards)).toEqual([1, 1, 1]);
});
