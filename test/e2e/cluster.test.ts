/** Several machines, as far as one machine can play them: three brokers, two shards, four processes of each stage; a broker dies, members come and go. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stackDown, stackStatus, stackUp, startComponent, stopComponent } from '../../infra/stack.ts';
import { createBackup } from '../../src/cli/backup-create.ts';
import { restoreBackup } from '../../src/cli/backup-restore.ts';
import { openSystem, prepareSystem } from '../../src/cli/wiring.ts';
import { loadConfig } from '../../src/config.ts';
import { floorTo } from '../../src/domain/window.ts';
import { type Adapters, openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { testConfig, testEnv } from '../support/config.ts';
import { environmentOf, WINDOW_MS } from '../support/disturbed.ts';
import { expectAlerts, expectStored, expectWindows } from '../support/equality.ts';
import { eventually } from '../support/eventually.ts';
import { type ImpactProcess, startImpact } from '../support/impact-process.ts';
import { ownStack } from '../support/stack.ts';
import { type SteadyLoad, startSteadyLoad } from '../support/steady-load.ts';
import { allStored, openStore, openWorld, rollupRows, sendEvents } from '../support/store.ts';
import { hardLoad } from '../support/store-load.ts';
import { storeState } from '../support/store-state.ts';

const stack = ownStack('clustered');
const MEMBERS = 4;
const SETTLED_MS = 90_000;
const HOUR_MS = 3_600_000;

let adapters: Adapters;
let load: SteadyLoad;
let env: Record<string, string>;
let removeFiles: () => void;
let running: { stage: string; process: ImpactProcess }[] = [];
/** Starts of the windows in which requests fail. */
const breaches: number[] = [];

async function start(...stages: string[]): Promise<void> {
  const process = await startImpact(stages, env);
  running.push({ stage: stages.join(), process });
}

/** The longest-serving member of a group is told to end. @returns its exit code */
async function remove(stage: string): Promise<string> {
  const member = running.find((one) => one.stage === stage);
  running = running.filter((one) => one !== member);
  return member?.process.stop() ?? 'there was none';
}

beforeAll(async () => {
  const endpoints = await stackUp({ name: stack, ports: 'free', cluster: true });
  const { components } = await stackStatus({ name: stack });
  const shards = components.filter(({ name }) => name === 'clickhouse').map(({ endpoint }) => endpoint);
  const environment = environmentOf(endpoints, {
    KAFKA_PARTITIONS: String(MEMBERS),
    KAFKA_REPLICATION: '3',
    KAFKA_MIN_IN_SYNC: '2',
    KAFKA_SESSION_TIMEOUT_MS: '10000',
    CLICKHOUSE_URL: shards.join(','),
    CLICKHOUSE_CLUSTER: 'impact',
    REDIS_CLUSTER: 'true',
    STORE_FLUSH_MS: '500',
  });
  [env, removeFiles] = [environment.env, environment.remove];
  adapters = openAdapters(testConfig(env));
  await prepareOutside(adapters);
  const members = Array.from({ length: MEMBERS }, () => [start('store'), start('window')]).flat();
  await Promise.all([...members, start('alert', 'record', 'signals', 'api')]);
  load = startSteadyLoad(adapters, {
    seed: 9,
    perTick: 50,
    fails: (at) => breaches.includes(floorTo(at, WINDOW_MS)),
    encoder: adapters.registry.encoder,
  });
}, 300_000);

afterAll(async () => {
  await load?.stop();
  await Promise.all(running.map(({ process }) => process.stop()));
  await adapters?.close();
  await stackDown({ name: stack, wipe: true });
  removeFiles?.();
}, 90_000);

const nextWindow = (): number => floorTo(Date.now(), WINDOW_MS) + WINDOW_MS;

/** Every process is ready, and the load gets through. */
async function settled(): Promise<void> {
  await eventually(
    async () => {
      const answers = await Promise.all(running.map(({ process }) => process.readiness()));
      expect(answers.flatMap(({ stages }) => stages.flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`)))).toEqual(
        [],
      );
      expect(load.trouble()).toBeNull();
    },
    SETTLED_MS,
    500,
  );
}

it('has three brokers, two shards, three Redis masters, one registry and one Postgres, all up', async () => {
  const { components } = await stackStatus({ name: stack });
  expect(components.map(({ name, node, up }) => `${name} ${node} ${up ? 'up' : 'down'}`)).toEqual([
    'kafka 1 up',
    'kafka 2 up',
    'kafka 3 up',
    'registry 1 up',
    'clickhouse 1 up',
    'clickhouse 2 up',
    'postgres 1 up',
    'redis 1 up',
    'redis 2 up',
    'redis 3 up',
  ]);
});

it('keeps keys of every slot range in Redis, reached from the address of any master', async () => {
  const redis = new Cluster([adapters.config.redisUrl]);
  const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
  for (const key of keys) await redis.set(key, key);
  expect(await Promise.all(keys.map((key) => redis.get(key)))).toEqual(keys);
  expect(redis.nodes('master')).toHaveLength(3);
  redis.disconnect();
});

it('goes on when a broker is killed', async () => {
  await settled();
  breaches.push(nextWindow());
  await stopComponent('kafka', { stack, node: 2, signal: 'SIGKILL' });
  await eventually(() => expect(Date.now()).toBeGreaterThan((breaches[0] ?? 0) + WINDOW_MS));
  await settled();
}, 300_000);

it('goes on when a member of each group comes and another one leaves', async () => {
  breaches.push(nextWindow() + WINDOW_MS);
  await Promise.all([start('store'), start('window')]);
  expect(await Promise.all([remove('store'), remove('window')])).toEqual(['0', '0']);
  await eventually(() => expect(Date.now()).toBeGreaterThan((breaches[1] ?? 0) + WINDOW_MS), 40_000);
  await settled();
}, 300_000);

it('takes the broker back', async () => {
  await startComponent('kafka', { stack, node: 2 });
  await settled();
}, 300_000);

it('has stored every event once, told every window once, and every alert once', async () => {
  await load.stop();
  await allStored(adapters.config, 60_000);
  await expectStored(adapters, load.events);
  await expectWindows(adapters, load.events);
  await expectAlerts(adapters, breaches);
}, 300_000);

it('corrects, takes back and refuses on two shards what one server does, and keeps a tenant on one of them', async () => {
  await Promise.all(running.splice(0).map(({ process }) => process.stop()));
  const [clustered, single] = await Promise.all([
    openWorld(loadConfig({ ...env, IMPACT_NAMESPACE: testEnv()['IMPACT_NAMESPACE'], STORE_FLUSH_MS: '50', STORE_FLUSH_ROWS: '300' })),
    openWorld(testConfig({ KAFKA_PARTITIONS: String(MEMBERS) })),
  ]);
  const [leaver, stayer, alone] = await Promise.all([openStore(clustered.config), openStore(clustered.config), openStore(single.config)]);
  const from = floorTo(Date.now() - 3 * HOUR_MS, HOUR_MS);
  const events = hardLoad({ seed: 13, count: 1500, from, partitions: MEMBERS });
  const sendBoth = (part: typeof events) => Promise.all([sendEvents(clustered, part), sendEvents(single, part)]);
  await sendBoth(events.slice(0, 800));
  await leaver.stop();
  await sendBoth(events.slice(800));
  await Promise.all([allStored(clustered.config, 60_000), allStored(single.config, 60_000)]);
  const [made, wanted] = await Promise.all([storeState(clustered, false), storeState(single, false)]);
  expect(wanted['events']?.length).toBeGreaterThan(1000);
  expect(made).toEqual(wanted);
  const shardsOf = 'SELECT tenant, uniqExact(_shard_num) AS shards FROM rollup_1m GROUP BY tenant';
  expect((await clustered.clickhouse.query<{ shards: number }>(shardsOf)).map(({ shards }) => shards)).toEqual([1, 1, 1]);
  await Promise.all([stayer.stop(), alone.stop()]);
  await Promise.all([clustered.close(), single.close()]);
}, 180_000);

it('is saved from two shards, and put back onto them', async () => {
  const config = loadConfig({ ...env, IMPACT_NAMESPACE: testEnv()['IMPACT_NAMESPACE'], STORE_FLUSH_MS: '50' });
  await prepareSystem(config, () => undefined, new AbortController().signal);
  const [world, system, store] = [await openWorld(config), await openSystem(config), await openStore(config)];
  const folder = mkdtempSync(join(tmpdir(), 'impact-cluster-backup-'));
  const run = { force: true, now: Date.now, signal: new AbortController().signal, onProgress: () => undefined, program: '' };
  try {
    await sendEvents(world, hardLoad({ seed: 17, count: 400, from: floorTo(Date.now() - 3 * HOUR_MS, HOUR_MS), partitions: MEMBERS }));
    await allStored(config, 60_000);
    await store.stop();
    const before = await rollupRows(world, '1m');
    const { path } = await createBackup(system, folder, run);
    for (const table of ['events', 'rollup_1m', 'rollup_1h', 'rollup_1d'])
      await world.clickhouse.commandEverywhere(`TRUNCATE TABLE ${table}`);
    await restoreBackup(system, path, run);
    expect(before.length).toBeGreaterThan(10);
    expect(await rollupRows(world, '1m')).toEqual(before);
    const shardsOf = 'SELECT tenant, uniqExact(_shard_num) AS shards FROM events GROUP BY tenant';
    expect((await world.clickhouse.query<{ shards: number }>(shardsOf)).map(({ shards }) => shards)).toEqual([1, 1, 1]);
  } finally {
    await system.close();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
