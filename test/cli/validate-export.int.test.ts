import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/cli/system.ts';
import { validate } from '../../src/cli/validation.ts';
import { openSystem, prepareSystem } from '../../src/cli/wiring.ts';
import type { WarehouseField } from '../../src/domain/export.ts';
import type { Finding } from '../../src/domain/validate/finding.ts';
import { plusDays } from '../../src/domain/zone.ts';
import { recordDays } from '../../src/query/roi/record.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { testConfig } from '../support/config.ts';
import { allStored, openStore, openWorld, sendEvents, type World } from '../support/store.ts';
import { hardLoad } from '../support/store-load.ts';
import { impact } from './terminal.ts';

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY) * DAY;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const [before, yesterday] = [dayOf(today - 2 * DAY), dayOf(today - DAY)];
/** Two hours on both sides of a midnight. */
const load = hardLoad({ seed: 9, count: 600, from: today - DAY - 3_600_000, partitions: 2 });
const folder = mkdtempSync(join(tmpdir(), 'impact-export-'));

let world: World;
let system: System;
let store: RunningStage;

const open = async (): Promise<System> => ({ ...system, close: async () => undefined });
/** As if today were half over, whatever the hour: yesterday is complete then. */
const roiOf = () => recordDays(system, { from: before, to: plusDays(yesterday, 1) }, Math.max(Date.now(), today + DAY / 2), true);

beforeAll(async () => {
  const config = testConfig({ STORE_FLUSH_MS: '50' });
  world = await openWorld(config);
  await prepareSystem(config, () => undefined, new AbortController().signal);
  [system, store] = [await openSystem(config), await openStore(config)];
  await sendEvents(world, load);
  await allStored(config);
  await system.postgres.query(
    `INSERT INTO operating_costs_daily (date, cost_category, amount, usage_units, description) VALUES ($1, 'anthropic_api', 24.50, 12500, 'by hand')`,
    [yesterday],
  );
  await roiOf();
});

afterAll(async () => {
  await store?.stop();
  await system?.close();
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('impact validate', () => {
  const look = async (): Promise<Record<string, Finding>> => {
    const run = {
      from: today - 2 * DAY,
      to: Date.now(),
      now: Date.now,
      signal: new AbortController().signal,
      betweenMs: 10,
      onCheck: () => undefined,
    };
    return Object.fromEntries((await validate(system, run)).map((one) => [one.check, one]));
  };

  it('finds in order what is in order, and what producers have done', async () => {
    const found = await look();
    const ok = Object.values(found).flatMap(({ check, verdict }) => (verdict === 'ok' ? [check] : []));
    expect(ok).toEqual(
      expect.arrayContaining([
        'tiers against raw events',
        'daily figures',
        'figures against rollups',
        'costs',
        'epochs',
        'restores',
        'alerts',
        'gaps',
      ]),
    );
    expect(found['conflicting duplicates']).toMatchObject({ verdict: 'warning' });
    expect(found['daily figures']?.evidence).toMatchObject([{ date: yesterday }, { date: before }]);
    expect(found['lag']).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('record') });
    expect(Number(found['tiers against raw events']?.seen.split(' ')[0])).toBeGreaterThan(10);
  });

  it('finds a tier that lacks rows, figures that are not what the rollups say, a day without figures, a restore that was broken off', async () => {
    await world.clickhouse.command(`ALTER TABLE rollup_1h DELETE WHERE feature = 'churn_prevention' SETTINGS mutations_sync = 1`);
    await system.postgres.query('UPDATE roi_feature_daily SET value_usd = value_usd + 0.01 WHERE date = $1', [yesterday]);
    await system.postgres.query('DELETE FROM business_metrics_daily WHERE date = $1', [before]);
    await system.postgres.query(`INSERT INTO restores (backup) VALUES ('impact-x')`);
    await world.clickhouse.command(`INSERT INTO epochs VALUES ('tenant1', '${yesterday}', 0, 9, 9, 9)`);
    const found = await look();
    expect(found['tiers against raw events']).toMatchObject({
      verdict: 'failed',
      evidence: expect.arrayContaining([expect.objectContaining({ tier: '1h', n_tier: 0 })]),
    });
    expect(found['tiers against raw events']?.evidence.every((one) => (one as { tier: string }).tier === '1h')).toBe(true);
    expect(found['figures against rollups']).toMatchObject({
      verdict: 'failed',
      evidence: expect.arrayContaining([expect.objectContaining({ day: yesterday, value_is_off_usd: -0.03 })]),
    });
    expect(found['daily figures']).toMatchObject({ verdict: 'failed', seen: expect.stringContaining(before) });
    expect(found['restores']?.seen).toContain('impact-x');
    expect(found['epochs']).toMatchObject({ verdict: 'failed' });
    await world.clickhouse.command('TRUNCATE TABLE epochs');
    await system.replay({ from: today - 2 * DAY, to: today }, () => undefined, new AbortController().signal);
    await roiOf();
  });

  it('ends with 1 for a script, and says which check and why', async () => {
    const { status, out } = await impact(`validate --from ${before} --output json`, { open, now: Date.now });
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'failed',
      findings: expect.arrayContaining([expect.objectContaining({ check: 'restores', verdict: 'failed' })]),
    });
    const text = await impact(`validate --from ${before}`, { open, now: Date.now });
    expect(text.out).toMatch(/✗ restores +the restore of impact-x/);
    expect(text.out).not.toMatch(/✗ (epochs|tiers|figures|daily)/);
    await system.postgres.query('UPDATE restores SET finished_at = now()');
    expect(await impact(`validate --from ${before}`, { open, now: Date.now })).toMatchObject({ status: 0 });
  });

  it('goes on when one question cannot be answered', async () => {
    const postgres = { ...system.postgres, query: () => Promise.reject(new Error('away')) };
    const found = await validate({ ...system, postgres } as System, {
      from: today - DAY,
      to: today,
      now: Date.now,
      signal: new AbortController().signal,
      betweenMs: 10,
      onCheck: () => undefined,
    });
    expect(found.find(({ check }) => check === 'restores')).toMatchObject({ verdict: 'failed', seen: 'could not be looked at: away' });
    expect(found.find(({ check }) => check === 'recent data')?.verdict).toBe('ok');
  });
});

describe('impact export', () => {
  const read = async (name: string): Promise<Record<string, unknown>[]> => {
    const bytes = readFileSync(join(folder, name));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    return (await parquetReadObjects({ file, compressors })) as Record<string, unknown>[];
  };
  const schema = (table: string): WarehouseField[] =>
    JSON.parse(readFileSync(join(folder, `${table}.schema.json`), 'utf8')) as WarehouseField[];
  const run = (line: string) => impact(`export ${line} --output json`, { open, now: Date.now });

  it('writes a file for each day that another reader reads: every event, with its measurements and dollars', async () => {
    const { status, out, err } = await run(`--to ${folder} --table events rollup_1d roi costs alerts`);
    expect({ status, err }).toMatchObject({ status: 0 });
    expect(JSON.parse(out)).toMatchObject([
      { table: 'events', days: 2 },
      { table: 'rollup_1d', days: 2 },
      { table: 'roi', days: 2 },
      { table: 'costs' },
      { table: 'alerts', days: 0 },
    ]);
    expect(readdirSync(join(folder, 'events'))).toEqual([`dt=${before}`, `dt=${yesterday}`]);
    const rows = [...(await read(`events/dt=${before}/events.parquet`)), ...(await read(`events/dt=${yesterday}/events.parquet`))];
    const [stored] = await world.clickhouse.query<{ n: number; usd: string }>(
      'SELECT toFloat64(count()) AS n, toString(sum(arraySum(values_usd))) AS usd FROM events_active',
    );
    expect(rows).toHaveLength(stored?.n ?? -1);
    const measured = rows.flatMap((row) => row['measurements'] as { value_usd: number }[]);
    expect(measured.reduce((sum, one) => sum + Math.round(one.value_usd * 1e6), 0)).toBe(Math.round(Number(stored?.usd) * 1e6));
    expect(rows[0]?.['occurred_at']).toBeInstanceOf(Date);
    expect(Object.keys(rows[0] ?? {})).toEqual(schema('events').map(({ name }) => name));
    expect(schema('events').find(({ name }) => name === 'measurements')).toMatchObject({
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [{}, { type: 'FLOAT64' }, { type: 'NUMERIC' }],
    });
  });

  it('takes the figures of Postgres with them, to the last digit', async () => {
    const [day] = await read(`roi/dt=${yesterday}/roi.parquet`);
    const [stored] = await system.postgres.query<Record<string, string>>('SELECT * FROM business_metrics_daily WHERE date = $1', [
      yesterday,
    ]);
    expect(Number(day?.['total_revenue_impact'])).toBe(Number(stored?.['total_revenue_impact']));
    expect(day).toMatchObject({ complete: true, time_zone: 'UTC' });
    expect(day?.['date']).toEqual(new Date(yesterday));
    const types = Object.fromEntries(schema('roi').map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      date: 'DATE',
      total_revenue_impact: 'NUMERIC',
      complete: 'BOOL',
      computed_at: 'TIMESTAMP',
      revision: 'INT64',
      error_rate_percentage: 'FLOAT64',
    });
    const costs = await read(`costs/dt=${yesterday}/costs.parquet`);
    expect(costs).toEqual(
      expect.arrayContaining([expect.objectContaining({ cost_category: 'anthropic_api', amount: 24.5, usage_units: 12500 })]),
    );
    const [rollup] = await read(`rollup_1d/dt=${yesterday}/rollup_1d.parquet`);
    expect(rollup).toMatchObject({ n: expect.any(BigInt), p95: expect.any(Number), users: expect.any(BigInt) });
  });

  it('writes again only the days that have changed', async () => {
    const file = join(folder, `events/dt=${before}/events.parquet`);
    const written = statSync(file).mtimeMs;
    expect(JSON.parse((await run(`--to ${folder} --table events roi`)).out)).toMatchObject([
      { days: 0, unchanged: 2 },
      { days: 0, unchanged: 2 },
    ]);
    const [moved] = load.filter(
      ({ record }) => Number(record['occurredAt']) >= today - DAY && record['revision'] === 0 && record['retracted'] !== true,
    );
    await sendEvents(world, [
      { kind: moved?.kind ?? 'custom-metrics', record: { ...moved?.record, eventId: '00000000-0000-4000-8000-0000000000aa' } },
    ]);
    await allStored(world.config);
    expect(JSON.parse((await run(`--to ${folder} --table events`)).out)).toMatchObject([{ days: 1, unchanged: 1 }]);
    expect(statSync(file).mtimeMs).toBe(written);
    expect(JSON.parse((await run(`--to ${folder} --table events --all`)).out)).toMatchObject([{ days: 2, unchanged: 0 }]);
  });

  it('removes a day of which nothing holds any more, and refuses another format in the same folder', async () => {
    await system.postgres.query('DELETE FROM operating_costs_daily');
    expect(JSON.parse((await run(`--to ${folder} --table costs`)).out)).toMatchObject([{ days: 0, removed: expect.any(Number) }]);
    expect(existsSync(join(folder, `costs/dt=${yesterday}`))).toBe(false);
    expect((await run(`--to ${folder} --table costs --format jsonl`)).err).toContain(
      'is of format "parquet", not "jsonl": export into another folder',
    );
  });

  it('writes JSON lines with the same columns, decimals as text', async () => {
    await run(`--to ${join(folder, 'lines')} --format jsonl --table events roi`);
    const lines = gunzipSync(readFileSync(join(folder, 'lines', `events/dt=${before}/events.jsonl.gz`))).toString();
    const rows = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const parquet = await read(`events/dt=${before}/events.parquet`);
    expect(rows.map((row) => row['event_id'])).toEqual(parquet.map((row) => row['event_id']));
    expect(rows[0]).toMatchObject({
      occurred_at: expect.stringMatching(/Z$/),
      measurements: expect.arrayContaining([expect.objectContaining({ value_usd: expect.any(String) })]),
    });
    expect(() => execFileSync('gzip', ['--test', join(folder, 'lines', `roi/dt=${yesterday}/roi.jsonl.gz`)])).not.toThrow();
  });
});
