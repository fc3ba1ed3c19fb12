/**
 * `impact replay` is killed at each of its steps and at random moments, beside live traffic and with its raw events lost. What it leaves in the end must
 * equal what one undisturbed replay of the same events leaves.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { loadConfig } from '../../src/config.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { storedEvents } from '../support/archive.ts';
import { impactCommand } from '../support/command.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { spawnReplay } from '../support/replay-process.ts';
import { allStored, openStore, openWorld, sendEvents, type World } from '../support/store.ts';
import { hardLoad, randomOf } from '../support/store-load.ts';

const DAY = 86_400_000;
const KILLS = 5;
/** Sent before, and sent every moment while replays run; when all is sent, it is quiet. */
const FIRST = 800;
const SLICE = 10;
const PAUSE_MS = 100;
const today = Math.floor(Date.now() / DAY) * DAY;
const day = (ago: number): string => new Date(today - ago * DAY).toISOString().slice(0, 10);
const range = ['--from', day(2), '--to', day(0)];
/** Two hours on both sides of a midnight, with duplicates, corrections and retractions. */
const load = hardLoad({ seed: 21, count: 4000, from: today - DAY - 3_600_000, partitions: 2 });
const steps = ['after-read', 'after-register', 'after-day', 'before-activation', 'after-activation', 'after-cleaning'];
/** Each process starts anew, which takes its time where others work too. */
const PATIENCE_MS = 300_000;

const env = testEnv({ STORE_FLUSH_MS: '50' });
const calmEnv = testEnv({ STORE_FLUSH_MS: '50' });
const archive = mkdtempSync(join(tmpdir(), 'impact-archive-'));
let world: World;
let calm: World;
let stores: RunningStage[] = [];
let sent = 0;

/** Both worlds get the same records at the same offsets. */
async function sendNext(count: number): Promise<void> {
  const events = load.slice(sent, sent + count);
  sent += events.length;
  await Promise.all([sendEvents(world, events), sendEvents(calm, events)]);
}

/** Runs `work` while events of the replayed days come in. */
async function besideTraffic(work: () => Promise<void>): Promise<void> {
  let over = false;
  const traffic = (async () => {
    while (!over) {
      await sendNext(SLICE);
      await sleep(PAUSE_MS);
    }
  })();
  await work().finally(() => {
    over = true;
    return traffic;
  });
}

async function replayed(args: readonly string[] = [], wanted = '0', failpoint = ''): Promise<string> {
  const { how, written } = await spawnReplay([...range, ...args], env, failpoint).ended;
  expect(how, written).toBe(wanted);
  return written;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** As if rollups had been written by a fault of ours: nothing but a replay mends them. */
const damage = async ({ clickhouse }: World): Promise<void> => {
  for (const tier of ['1m', '1h', '1d'])
    await clickhouse.command(`INSERT INTO rollup_${tier} (tenant, feature, metric, variant, bucket, epoch, n, sum, version)
      SELECT tenant, feature, metric, variant, bucket, epoch, n + 1, sum + 5, version + 2 FROM rollup_${tier} FINAL WHERE tenant = 'tenant1'`);
};

const tiers = ['rollup_1m', 'rollup_1h', 'rollup_1d'];

async function stateOf(of: World): Promise<unknown> {
  const rollups = tiers.map((table) =>
    of.clickhouse.query(`SELECT tenant, feature, metric, variant, bucket, n, sum, sum_squares, min, max, value_usd, toString(version) AS v,
      hex(toString(finalizeAggregation(quantiles))) AS quantiles, finalizeAggregation(users) AS users FROM ${table} FINAL WHERE n > 0 ORDER BY ALL`),
  );
  const events = (await storedEvents(of)).map(({ stored_at, topic, ...event }) => event);
  return { events, rollups: await Promise.all(rollups) };
}

/** Rows of generations that readers do not see, hidden ones too. */
async function oldRows({ clickhouse }: World): Promise<number> {
  const counts = tiers.map(
    (table) => `SELECT count() AS n FROM ${table} LEFT JOIN (SELECT * FROM epochs FINAL) AS known
    ON ${table}.tenant = known.tenant AND toDate(bucket) = day WHERE epoch != active`,
  );
  const [row] = await clickhouse.query<{ n: number }>(`SELECT sum(n) AS n FROM (${counts.join(' UNION ALL ')})`);
  return row?.n ?? -1;
}

beforeAll(async () => {
  [world, calm] = await Promise.all([openWorld(loadConfig(env)), openWorld(loadConfig(calmEnv))]);
  for (const { config } of [world, calm]) {
    const postgres = createPostgres(config);
    await migratePostgres(postgres, config).finally(() => postgres.close());
  }
  stores = await Promise.all([openStore(world.config), openStore(calm.config)]);
  await sendNext(FIRST);
  await Promise.all([allStored(world.config), allStored(calm.config)]);
  await Promise.all([damage(world), damage(calm)]);
});

afterAll(async () => {
  await Promise.all(stores.map((store) => store.stop()));
  await Promise.all([world?.close(), calm?.close()]);
  rmSync(archive, { recursive: true });
});

describe('a replay that is killed', () => {
  it(
    'at each of its steps, goes on there, though what it reads is only in an archive',
    async () => {
      const archived = await impactCommand(['archive', ...range, '--output', archive], env);
      expect(archived, archived.err).toMatchObject({ status: 0 });
      await world.clickhouse.command('TRUNCATE TABLE events');
      const fromArchive = ['--from-archive', archive];
      await besideTraffic(async () => {
        for (const step of steps) await replayed(fromArchive, 'SIGKILL', `replay.${step}`);
        expect(await replayed(fromArchive)).toContain('resumed and finished');
      });
      await eventually(async () => expect(await oldRows(world)).toBe(0));
    },
    PATIENCE_MS,
  );

  it(
    'at random moments, goes on',
    async () => {
      const random = randomOf(4);
      await besideTraffic(async () => {
        // A run that ends before it is killed says how long one takes now.
        let wholeMs = await timed(() => replayed([], 'SIGKILL', 'replay.after-activation'));
        for (let kills = 0; kills < KILLS; ) {
          const process = spawnReplay(range, env);
          const killer = setTimeout(process.kill, wholeMs * (0.3 + 0.7 * random()));
          let how = '';
          const tookMs = await timed(async () => {
            const ended = await process.ended;
            expect(['SIGKILL', '0'], ended.written).toContain(ended.how);
            how = ended.how;
          });
          clearTimeout(killer);
          if (how === 'SIGKILL') kills += 1;
          else wholeMs = tookMs;
        }
        await replayed();
      });
    },
    PATIENCE_MS,
  );

  it(
    'leaves in the end what an undisturbed one leaves, and nothing of the generations before',
    async () => {
      await Promise.all([allStored(world.config, PATIENCE_MS), allStored(calm.config, PATIENCE_MS)]);
      const undisturbed = await impactCommand(['replay', ...range], calmEnv);
      expect(undisturbed, undisturbed.err).toMatchObject({ status: 0 });
      await eventually(async () => expect([await oldRows(world), await oldRows(calm)]).toEqual([0, 0]));
      const [made, wanted] = await Promise.all([stateOf(world), stateOf(calm)]);
      expect(sent).toBeGreaterThan(FIRST + 200);
      expect(made).toEqual(wanted);
      const { out } = await impactCommand(['replay', ...range, '--dry-run', '--output', 'json'], env);
      expect(JSON.parse(out)).toMatchObject({ tenants: 3, changes: [] });
    },
    PATIENCE_MS,
  );
});
