import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackup } from '../../src/cli/backup-create.ts';
import { type Restoring, restoreBackup, verifyBackup } from '../../src/cli/backup-restore.ts';
import type { System } from '../../src/cli/system.ts';
import { openSystem, prepareSystem } from '../../src/cli/wiring.ts';
import type { BackupManifest } from '../../src/domain/backup.ts';
import { firstFlags } from '../../src/domain/flags/first-flags.ts';
import { topicName } from '../../src/domain/names.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { createWebhook } from '../../src/query/webhooks.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { createLeadership } from '../../streams/signals-leader.ts';
import { storedEvents } from '../support/archive.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { allStored, openStore, openWorld, rollupRows, sendEvents, type World } from '../support/store.ts';
import { hardLoad } from '../support/store-load.ts';
import { impact } from './terminal.ts';

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY) * DAY;
const load = hardLoad({ seed: 7, count: 600, from: today - DAY - 3_600_000, partitions: 2 });
const folder = mkdtempSync(join(tmpdir(), 'impact-backup-'));
const restoring: Restoring = { force: false, now: Date.now, signal: new AbortController().signal, onProgress: () => undefined };
const creating = { ...restoring, program: '0.1.0' };
const never = new AbortController().signal;

let world: World;
let system: System;
let store: RunningStage;
let backup: { path: string; manifest: BackupManifest };

const tiers = ['1m', '1h', '1d'] as const;
const rollupsOf = (of: World): Promise<unknown[][]> => Promise.all(tiers.map((tier) => rollupRows(of, tier)));
const eventsOf = (of: World) => storedEvents(of);
const tablesOf = async (of: System): Promise<Record<string, unknown[]>> => ({
  rules: await of.postgres.query('SELECT * FROM rules ORDER BY id, tenant'),
  versions: await of.postgres.query('SELECT * FROM rule_versions ORDER BY rule_id, tenant, version'),
  tokens: await of.postgres.query('SELECT * FROM tokens ORDER BY id'),
  changes: await of.postgres.query('SELECT * FROM flag_changes ORDER BY sequence'),
  odd: await of.postgres.query('SELECT * FROM odd ORDER BY id'),
});

const command = (line: string) =>
  impact(line, {
    config: () => world.config,
    open: openSystem,
    prepare: (config, onStep) => prepareSystem(config, onStep, never),
    now: Date.now,
  });

/** The days calculated anew, one after the other, as an operator does it after a restore. */
async function roiOfDays(): Promise<unknown[]> {
  const figures: unknown[] = [];
  for (const day of [today - 2 * DAY, today - DAY].map((ms) => new Date(ms).toISOString().slice(0, 10))) {
    const { status, out, err } = await command(`roi daily --date ${day} --output json`);
    expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' });
    const { total, features } = JSON.parse(out) as { total: { valueUsd: string }; features: unknown[] };
    expect(Number(total.valueUsd)).not.toBe(0);
    figures.push({ day, total, features });
  }
  return figures;
}

/** What no ordinary row has: every type whose text is not its JSON. */
const oddTable = `CREATE TABLE odd (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint REFERENCES odd, amount numeric(38, 9), share float8, at timestamptz,
  bytes bytea, document jsonb, plain json, days date[], words text[], twice numeric GENERATED ALWAYS AS (amount * 2) STORED, touched_at timestamptz)`;
const oddRows = `INSERT INTO odd (amount, share, at, bytes, document, plain, days, words) VALUES
  (12345678901234567890123456789.123456789, 0.1, '2026-01-11T08:00:00.123456Z', '\\x00ff5c0a', '{"a": 12345678901234567890.10}', '{"b":  1, "b": 2}', '{2026-01-11,NULL}', '{"a\\nb","c,d",NULL,""}'),
  (-0.000000001, 'NaN', 'infinity', '', 'null', 'null', '{}', '{{a,b},{c,d}}'), (NULL, '-Infinity', NULL, NULL, NULL, NULL, NULL, NULL)`;
const oddTrigger = `CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched_at = now(); RETURN NEW; END $$;
  CREATE TRIGGER touched BEFORE INSERT ON odd FOR EACH ROW EXECUTE FUNCTION touched()`;

beforeAll(async () => {
  const config = testConfig({ STORE_FLUSH_MS: '50' });
  world = await openWorld(config);
  await prepareSystem(config, () => undefined, never);
  system = await openSystem(config);
  store = await openStore(config);
  await system.postgres.query(oddTable);
  await system.postgres.query(oddTrigger);
  await system.postgres.query(oddRows);
  const form = { url: 'https://example.com/hook', events: ['alert_triggered' as const], authentication: 'token' };
  await createWebhook(system.postgres, scopeOf(null), form, 'test', system.config.secretsKeys);
  for (const flag of firstFlags) await system.flags.create(flag, { by: 'test', reason: 'first' });
  await sendEvents(world, load.slice(0, 300));
  await allStored(config);
  await system.replay({ from: today - 2 * DAY, to: today - DAY }, () => undefined, never);
}, 90_000);

afterAll(async () => {
  await store?.stop();
  await system?.close();
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('impact backup', () => {
  it('is made while events are stored, and is whole by our own check and by sha256sum', async () => {
    const sending = sendEvents(world, load.slice(300));
    backup = await createBackup(system, folder, creating);
    await sending;
    await allStored(world.config);
    expect((await verifyBackup(system, backup.path, () => undefined)).id).toBe(backup.manifest.id);
    expect((await command(`backup verify ${backup.path}`)).out).toMatch(/is whole: \d+ files/);
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: backup.path });
    expect(backup.manifest.kafka?.offsets.some(({ stage }) => stage === 'store')).toBe(true);
    expect(readdirSync(folder)).toEqual([backup.manifest.id]);
  });

  it('lists what there is, and leaves nothing behind when it breaks', async () => {
    const left = join(folder, backup.manifest.id.replace(/\d{8}T\d{6}Z$/, '20260101T000000Z.partial'));
    mkdirSync(join(left, 'postgres'), { recursive: true });
    const broken = { ...system, postgres: { ...system.postgres, transaction: () => Promise.reject(new Error('gone')) } };
    await expect(createBackup(broken, folder, { ...creating, now: () => Date.now() + DAY })).rejects.toThrow('gone');
    expect(readdirSync(folder)).toEqual([backup.manifest.id]);
    const listed = await impact(`backup list ${folder} --output json`, { open: async () => ({ ...system, close: async () => undefined }) });
    expect(JSON.parse(listed.out)).toMatchObject([{ backup: backup.manifest.id, files: backup.manifest.files.length }]);
  });

  it('is kept as often as is asked for, and those of others stay', async () => {
    const kept = join(folder, 'kept');
    cpSync(backup.path, join(kept, backup.manifest.id), { recursive: true });
    const { status, out, err } = await command(`backup create ${kept} --keep 1`);
    expect(status).toBe(0);
    expect(err).toContain('warning: 2 secrets of webhooks are in it for everybody to read');
    expect(out).toContain(`removed: ${backup.manifest.id}`);
    expect(readdirSync(kept)).toHaveLength(1);
    expect(await system.backups.files.prune(kept, 'another', 1)).toEqual([]);
    rmSync(kept, { recursive: true });
  });

  it('goes into an empty installation of another namespace: the same rows, and rollups that agree with their events', async () => {
    const config = testConfig({ STORE_FLUSH_MS: '50' });
    await prepareSystem(config, () => undefined, never);
    const [other, target] = [await openSystem(config), await openWorld(config)];
    try {
      await other.postgres.query(oddTable);
      await other.postgres.query(oddTrigger);
      const restored = await restoreBackup(other, backup.path, restoring);
      expect(restored.rewound).toEqual([]);
      expect(restored.told).toMatchObject({ memory: 'foreign', webhooksOff: 1 });
      expect(await other.postgres.query('SELECT enabled FROM webhooks')).toEqual([{ enabled: false }]);
      expect(await tablesOf(other)).toEqual(await tablesOf(system));
      expect((await other.flags.list()).flags).toEqual((await system.flags.list()).flags);
      const ids = (rows: Record<string, unknown>[]) =>
        rows.map(({ tenant, feature, minute, event_id }) => [tenant, feature, minute, event_id].join());
      const [here, there] = [new Set(ids(await eventsOf(world))), ids(await eventsOf(target))];
      expect(there.length).toBeGreaterThan(100);
      expect(there.filter((id) => !here.has(id))).toEqual([]);
      const before = await rollupsOf(target);
      await other.replay({ from: today - 3 * DAY, to: today + DAY }, () => undefined, never);
      expect(await rollupsOf(target)).toEqual(before);
      await other.postgres.query('INSERT INTO odd (amount) VALUES (1)');
      await expect(restoreBackup(other, backup.path, restoring)).rejects.toThrow(/holds data \(Postgres flag_changes.*--force/);
    } finally {
      await other.close();
      await target.close();
    }
  });

  it('is refused where stages run, and brings everything back where they have stopped: what came later is read again', async () => {
    const forced = { ...restoring, force: true };
    const led = createLeadership(system.postgres, topicName(world.config.namespace, 'impact-roi'));
    expect(await led.isLeader()).toBe(true);
    await expect(restoreBackup(system, backup.path, forced)).rejects.toThrow('stop the stages first: store, roi (then');
    await led.resign();
    await eventually(() => expect(restoreBackup(system, backup.path, forced)).rejects.toThrow('stop the stages first: store'));
    const figures = await roiOfDays();
    const [events, rollups, tables] = [await eventsOf(world), await rollupsOf(world), await tablesOf(system)];
    await store.stop();
    for (const table of ['events', 'rollup_1m', 'rollup_1h', 'rollup_1d', 'epochs'])
      await world.clickhouse.command(`TRUNCATE TABLE ${table}`);
    await system.postgres.query('UPDATE odd SET amount = 5');
    await system.flags.remove(firstFlags[0]?.id ?? '', null, { by: 'test', reason: 'by mistake' });
    await system.postgres.query('TRUNCATE business_metrics_daily, roi_feature_daily, roi_inputs, lead_intelligence_metrics');
    const { status, out, err } = await command(`backup restore ${backup.path} --force`);
    expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/rows restored\n(.*\n)*\d+ partitions are read again/);
    store = await openStore(world.config);
    await allStored(world.config);
    const known = (rows: Record<string, unknown>[]) => rows.map(({ stored_at: _, ...row }) => row);
    expect(known(await eventsOf(world))).toEqual(known(events));
    expect(await rollupsOf(world)).toEqual(rollups);
    expect(await tablesOf(system)).toEqual(tables);
    expect((await system.flags.list()).flags).toHaveLength(firstFlags.length);
    expect(await roiOfDays()).toEqual(figures);
  });

  it('goes on after a restore that was killed, and says until then that it is not done', async () => {
    await store.stop();
    const dying = { ...system, clickhouse: { ...system.clickhouse, commandFrom: () => Promise.reject(new Error('killed')) } };
    await expect(restoreBackup(dying, backup.path, { ...restoring, force: true })).rejects.toThrow('killed');
    const rollups = await rollupsOf(world);
    expect(rollups.flat()).toEqual([]);
    await restoreBackup(system, backup.path, restoring);
    expect((await rollupsOf(world)).flat().length).toBeGreaterThan(10);
  });
});

describe('a damaged backup', () => {
  const spoiled = (name: string, spoil: (path: string) => void) => async () => {
    const path = join(backup.path, name);
    const bytes = readFileSync(path);
    try {
      spoil(path);
      await expect(restoreBackup(system, backup.path, { ...restoring, force: true })).rejects.toThrow(name);
    } finally {
      writeFileSync(path, bytes);
    }
  };

  it('is refused by the name of the file before anything is touched', async () => {
    const rollups = await rollupsOf(world);
    const name = backup.manifest.files.find(({ component }) => component === 'clickhouse')?.path ?? '';
    await spoiled(name, (path) => {
      const bytes = readFileSync(path);
      bytes.writeUInt8((bytes.at(20) ?? 0) ^ 1, 20);
      writeFileSync(path, bytes);
    })();
    await spoiled(name, (path) => rmSync(path))();
    await spoiled('manifest.json', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"rows": 1', '"rows": 2')))();
    expect(await rollupsOf(world)).toEqual(rollups);
    expect(existsSync(join(backup.path, name))).toBe(true);
  });
});
