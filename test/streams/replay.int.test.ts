import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { cancelReplay, type ReplayDeps, type ReplayProgress, replay } from '../../streams/replay.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { openReplay } from '../support/replay.ts';
import { allStored, openStore, openWorld, rollupRows, sendEvents, type World } from '../support/store.ts';
import { hardLoad } from '../support/store-load.ts';

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY) * DAY;
/** Two hours on both sides of a midnight: two days of each tenant. */
const from = today - DAY - 3_600_000;
const todayText = new Date(today).toISOString().slice(0, 10);
const range = { from: today - 2 * DAY, to: today };
const load = hardLoad({ seed: 3, count: 1200, from, partitions: 2 });

let world: World;
let store: RunningStage;
let deps: ReplayDeps & { close(): Promise<void> };

const visible = async (): Promise<unknown[][]> => Promise.all((['1m', '1h', '1d'] as const).map((tier) => rollupRows(world, tier)));
const changes = async (): Promise<unknown[]> => (await replay(deps, { ...range, dryRun: true })).changes;
const withFailpoint = (name: string, act: () => void): ReplayDeps => ({ ...deps, failpoint: (at) => at === name && act() });
const die = (): never => {
  throw new Error('killed');
};

beforeAll(async () => {
  world = await openWorld(testConfig({ STORE_FLUSH_MS: '50' }));
  deps = await openReplay(world);
  store = await openStore(world.config);
  await sendEvents(world, load.slice(0, 900));
  await allStored(world.config);
});

afterAll(async () => {
  await store?.stop();
  await deps?.close();
  await world?.close();
});

describe('a replay', () => {
  it('has nothing to change where the store did its work', async () => {
    expect(await changes()).toEqual([]);
  });

  it('repairs damaged rollups, saying before what it will change', async () => {
    const before = await visible();
    for (const tier of ['1m', '1h', '1d'])
      await world.clickhouse.command(`INSERT INTO rollup_${tier} (tenant, feature, metric, variant, bucket, epoch, n, sum, version)
        SELECT tenant, feature, metric, variant, bucket, epoch, n + 1, sum + 5, version + 2 FROM rollup_${tier} FINAL WHERE tenant = 'tenant1' AND metric = 'm1'`);
    expect(await visible()).not.toEqual(before);
    const [change] = (await changes()) as Record<string, unknown>[];
    expect(change).toMatchObject({ tenant: 'tenant1', feature: 'my_feature', metric: 'm1' });
    expect(Number(change?.['n_now'])).toBeGreaterThan(Number(change?.['n_then']));
    const progress: ReplayProgress[] = [];
    const result = await replay(deps, range, (step) => progress.push(step));
    expect(result).toMatchObject({ tenants: 3, resumed: false });
    expect(result.days).toHaveLength(2);
    const hours = progress.filter(({ phase }) => phase === 'rebuild').map(({ done }) => done);
    expect(hours).toEqual([24, 24, 48, 48]);
    expect(await visible()).toEqual(before);
    expect(await changes()).toEqual([]);
  });

  it('gives the same when it runs again, and lets the old generation go', async () => {
    const before = await visible();
    await replay(deps, range);
    expect(await visible()).toEqual(before);
    for (const tier of ['1m', '1h', '1d']) {
      const epochs = `SELECT DISTINCT epoch FROM rollup_${tier} WHERE toDate(bucket) < '${todayText}'`;
      await eventually(async () => expect(await world.clickhouse.query(epochs)).toEqual([{ epoch: 2 }]));
    }
  });

  it('misses nothing that arrives while it runs, and shows none of its own work before the end', async () => {
    const before = await visible();
    const late: unknown[] = [];
    await replay(
      withFailpoint('replay.after-register', () => void late.push(sendEvents(world, load.slice(900, 1000)))),
      range,
      () => {},
    );
    await Promise.all(late);
    await allStored(world.config);
    expect(await changes()).toEqual([]);
    expect(await visible()).not.toEqual(before);
  });

  it('goes on where it was killed, at each of its steps', async () => {
    for (const step of ['replay.after-register', 'replay.after-day', 'replay.before-activation', 'replay.after-activation']) {
      const before = await visible();
      await expect(replay(withFailpoint(step, die), range)).rejects.toThrow('killed');
      if (step !== 'replay.after-activation') expect(await visible()).toEqual(before);
      await expect(replay(deps, { ...range, from: range.from + DAY })).rejects.toThrow('is not finished');
      await sendEvents(world, load.slice(1000, 1050));
      await allStored(world.config);
      expect(await replay(deps, range)).toMatchObject({ resumed: true });
      expect(await changes()).toEqual([]);
    }
    // Eight replays of three days, one statement an hour: on a busy machine that takes its time.
  }, 300_000);

  it('can be cancelled, and changes nothing then', async () => {
    const before = await visible();
    await expect(replay(withFailpoint('replay.after-day', die), range)).rejects.toThrow('killed');
    expect(await cancelReplay(deps)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await cancelReplay(deps)).toBeNull();
    expect(await visible()).toEqual(before);
    await replay(deps, range);
    expect(await visible()).toEqual(before);
  });

  it('of one feature rebuilds that feature and keeps the others', async () => {
    const before = await visible();
    expect(await replay(deps, { ...range, feature: 'my_feature', tenant: 'tenant2' })).toMatchObject({ tenants: 1 });
    expect(await visible()).toEqual(before);
    await sendEvents(world, load.slice(1050));
    await allStored(world.config);
    expect(await changes()).toEqual([]);
  });

  it('runs alone', async () => {
    let second: Promise<unknown> = Promise.resolve();
    await replay(
      withFailpoint('replay.after-register', () => {
        second = replay(deps, range).then(
          () => 'ran',
          (error: Error) => error.message,
        );
      }),
      range,
    );
    expect(await second).toContain('another replay is running');
  });

  it('refuses days whose raw events may have expired, and an empty range', async () => {
    await expect(replay(deps, { from: today - 100 * DAY, to: today })).rejects.toThrow('--from-kafka');
    await expect(replay(deps, { from: today, to: today })).rejects.toThrow('empty');
  });

  it('reads events from Kafka again that the raw table has lost', async () => {
    const before = await visible();
    await world.clickhouse.command('TRUNCATE TABLE events');
    for (const tier of ['1m', '1h', '1d']) await world.clickhouse.command(`TRUNCATE TABLE rollup_${tier}`);
    const compared = await replay(deps, { ...range, fromKafka: true, dryRun: true });
    expect(compared.changes.length).toBeGreaterThan(5);
    expect(await world.clickhouse.query('SELECT count() AS n FROM events')).toEqual([{ n: 0 }]);
    await replay(deps, { ...range, fromKafka: true });
    expect(await visible()).toEqual(before);
    expect((await replay(deps, { ...range, fromKafka: true, dryRun: true })).changes).toEqual([]);
  });
});
