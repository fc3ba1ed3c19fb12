/** The schedule is killed at every crash point and at random times, thirty times in all: each report is made once, with each of its messages once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { loadConfig } from '../../src/config.ts';
import { databaseName } from '../../src/domain/names.ts';
import { periodWith, type ReportKind } from '../../src/domain/report/period.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { randomOf } from '../support/store-load.ts';

const KILLS = 30;
const points = ['1-before-record', '2-after-record', '3-before-commit', '4-after-commit'];
const script = fileURLToPath(new URL('../support/schedule-process.ts', import.meta.url));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const env = testEnv({
  // The clock of all of them begins with the test, and a day of it lasts so long.
  ORIGIN: String(Date.now()),
  DAY_MS: '150',
  TIME_ZONE: 'America/New_York',
  // However slow the machine is, nothing is too old to be made.
  REPORT_CATCH_UP_DAYS: '366',
});
const config = loadConfig(env);
const postgres = createPostgres(config);
const running = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
  await postgres.close();
});

function start(failpoint = '') {
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...env, IMPACT_FAILPOINT: failpoint },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  running.add(child);
  const ended = new Promise<string | number | null>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  void ended.then(() => running.delete(child));
  const started = Promise.race([new Promise<void>((resolve) => child.once('message', () => resolve())), ended]);
  return { child, ended, started };
}

const runs = () =>
  postgres.query<{ kind: ReportKind; date: string; outcome: string }>('SELECT kind, date, outcome FROM report_runs ORDER BY kind, date');
const keysOf = async (table: string, column: string): Promise<string[]> =>
  (await postgres.query<{ key: string }>(`SELECT ${column} AS key FROM ${table}`)).map(({ key }) => key).sort();

it(`makes every report once although it is killed ${KILLS} times`, async () => {
  await migratePostgres(postgres, config);
  const random = randomOf(5);
  for (const point of points) expect(await start(`schedule.${point}:2`).ended).toBe('SIGKILL');
  // Two at a time: whoever stands by takes over.
  let standby = start();
  for (let kill = points.length; kill < KILLS; kill++) {
    const next = start();
    await Promise.all([standby.started, next.started]);
    await pause(random() * 250);
    standby.child.kill('SIGKILL');
    await standby.ended;
    standby = next;
  }
  const before = (await runs()).length;
  await eventually(async () => expect((await runs()).length).toBeGreaterThan(before + 3));
  standby.child.kill('SIGTERM');
  expect(await standby.ended).toBe(0);

  const all = await runs();
  const made = all.filter(({ outcome }) => outcome === 'made');
  expect(made.length).toBeGreaterThan(KILLS);
  for (const kind of ['daily', 'weekly'] as const) {
    const dates = all.filter((one) => one.kind === kind).map(({ date }) => date);
    // Nothing was left out, and only what was due before the first start was passed over.
    expect(dates.slice(1)).toEqual(dates.slice(0, -1).map((date) => periodWith(kind, date).to));
    expect(all.filter((one) => one.kind === kind && one.outcome === 'skipped').length).toBe(1);
  }
  const ids = made.map(({ kind, date }) => `${kind}/${date}`).sort();
  expect(await keysOf('report_sends', 'id')).toEqual(ids);
  expect(await keysOf('outbox', 'key')).toEqual(ids.flatMap((id) => [`report/${id}/mail`, `report/${id}/slack`]).sort());
  expect(await keysOf('announcements', 'id')).toEqual(ids.map((id) => `report_ready/${id}`).sort());
}, 240_000);
