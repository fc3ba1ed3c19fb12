/** Days whose raw events have expired, and with them their minutes, and then their hours: an archive is all that is left of them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateClickHouse } from '../../../src/adapters/clickhouse-migrate.ts';
import { loadConfig } from '../../../src/config.ts';
import { type ReplayDeps, replay } from '../../../streams/replay.ts';
import { type Archive, openArchive } from '../../support/archive.ts';
import { testEnv } from '../../support/config.ts';
import { eventually } from '../../support/eventually.ts';
import { openReplay } from '../../support/replay.ts';
import { allStored, openStore, openWorld, rollupRows, sendEvents, type World } from '../../support/store.ts';
import { hardLoad } from '../../support/store-load.ts';

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY) * DAY;
const midnight = today - 100 * DAY;
const range = { from: midnight - DAY, to: midnight + DAY };
const env = testEnv({ STORE_FLUSH_MS: '50', RETENTION_RAW_DAYS: '200', RETENTION_MINUTE_DAYS: '200', RETENTION_HOUR_DAYS: '200' });

let world: World;
let archive: Archive;
let deps: ReplayDeps & { close(): Promise<void> };
let rollups: { hours: unknown[]; days: unknown[] };

const stored = async (table: string): Promise<number> =>
  (await world.clickhouse.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]?.n ?? -1;
const fromArchive = (dryRun = false) => replay(deps, { ...range, fromArchive: archive.folder, dryRun });

/** From now on, so many days of raw events and minutes, and of hours. */
async function keep(rawDays: number, hourDays: number, gone: readonly string[]): Promise<void> {
  const kept = { RETENTION_RAW_DAYS: String(rawDays), RETENTION_MINUTE_DAYS: String(rawDays), RETENTION_HOUR_DAYS: String(hourDays) };
  const config = loadConfig({ ...env, ...kept });
  await migrateClickHouse(world.clickhouse, config);
  await eventually(async () => expect(await Promise.all(gone.map(stored))).toEqual(gone.map(() => 0)), 60_000);
  deps = { ...deps, config };
}

beforeAll(async () => {
  world = await openWorld(loadConfig(env));
  deps = await openReplay(world);
  archive = openArchive(world);
  const store = await openStore(world.config);
  await sendEvents(world, hardLoad({ seed: 8, count: 400, from: midnight - DAY / 24, partitions: 2 }));
  await allStored(world.config);
  await store.stop();
  rollups = { hours: await rollupRows(world, '1h'), days: await rollupRows(world, '1d') };
  await archive.write(range);
});

afterAll(async () => {
  await deps?.close();
  archive?.remove();
  await world?.close();
});

it('rebuilds hours and days when the minutes have expired', async () => {
  expect([rollups.hours.length, rollups.days.length].every((rows) => rows > 10)).toBe(true);
  await keep(30, 200, ['events', 'rollup_1m']);
  for (const tier of ['1h', '1d'])
    await world.clickhouse.command(`INSERT INTO rollup_${tier} (tenant, feature, metric, variant, bucket, epoch, n, sum, version)
      SELECT tenant, feature, metric, variant, bucket, epoch, n + 1, sum + 5, version + 2 FROM rollup_${tier} FINAL WHERE tenant = 'tenant1'`);
  expect((await fromArchive(true)).changes.every(({ tenant, buckets }) => tenant === 'tenant1' && buckets > 0)).toBe(true);
  expect(await fromArchive()).toMatchObject({ tenants: 3 });
  expect({ hours: await rollupRows(world, '1h'), days: await rollupRows(world, '1d') }).toEqual(rollups);
  expect((await fromArchive(true)).changes).toEqual([]);
  expect(await Promise.all(['events', 'rollup_1m', 'replay_events'].map(stored))).toEqual([0, 0, 0]);
});

it('rebuilds days when the hours have expired too', async () => {
  await keep(30, 60, ['rollup_1h']);
  await world.clickhouse.command('TRUNCATE TABLE rollup_1d');
  await fromArchive();
  expect(await rollupRows(world, '1d')).toEqual(rollups.days);
  await fromArchive();
  expect(await rollupRows(world, '1d')).toEqual(rollups.days);
  expect((await fromArchive(true)).changes).toEqual([]);
});

it('says from which day on raw events are kept, and where older ones can be read', async () => {
  await expect(replay(deps, range)).rejects.toThrow('begin there, or read older ones with --from-archive or --from-kafka');
});
