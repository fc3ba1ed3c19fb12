import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { archiveFiles } from '../../../src/adapters/archive-files.ts';
import type { ArchiveDescription } from '../../../src/domain/archive.ts';
import type { RunningStage } from '../../../src/runtime/stage.ts';
import { cancelReplay, type ReplayDeps, type ReplayOptions, type ReplayProgress, replay } from '../../../streams/replay.ts';
import { type Archive, openArchive, storedEvents } from '../../support/archive.ts';
import { testConfig } from '../../support/config.ts';
import { openReplay } from '../../support/replay.ts';
import { allStored, openStore, openWorld, rollupRows, sendEvents, type World } from '../../support/store.ts';
import { hardLoad } from '../../support/store-load.ts';

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY) * DAY;
const nameOf = (daysAgo: number): string => `${new Date(today - daysAgo * DAY).toISOString().slice(0, 10)}.parquet`;
/** Two hours on both sides of a midnight, with duplicates, corrections and retractions. */
const load = hardLoad({ seed: 5, count: 600, from: today - DAY - 3_600_000, partitions: 2 });
const range = { from: today - 2 * DAY, to: today };

let world: World;
let store: RunningStage;
let deps: ReplayDeps & { close(): Promise<void> };
let archive: Archive;
let events: unknown[];
let rollups: unknown[];

const visible = async (): Promise<unknown[][]> => Promise.all((['1m', '1h', '1d'] as const).map((tier) => rollupRows(world, tier)));
const file = (name: string): string => join(archive.folder, name);
const from = (path = archive.folder, options: Partial<ReplayOptions> = {}) => replay(deps, { ...range, fromArchive: path, ...options });
const count = async (table: string): Promise<number> =>
  (await world.clickhouse.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]?.n ?? -1;

/** As if the raw table and what was made of it were lost. */
async function lose(): Promise<void> {
  for (const table of ['events', 'rollup_1m', 'rollup_1h', 'rollup_1d']) await world.clickhouse.command(`TRUNCATE TABLE ${table}`);
}

/** A folder beside the archive with other content under the same names. */
function copyOf(name: string, change: (bytes: Buffer, file: string) => Buffer): string {
  const folder = join(archive.folder, name);
  mkdirSync(folder);
  for (const one of readdirSync(archive.folder).filter((entry) => entry.endsWith('.parquet')))
    writeFileSync(join(folder, one), change(readFileSync(file(one)), one));
  return folder;
}

beforeAll(async () => {
  world = await openWorld(testConfig({ STORE_FLUSH_MS: '50' }));
  deps = await openReplay(world);
  archive = openArchive(world);
  store = await openStore(world.config);
  await sendEvents(world, load);
  await allStored(world.config);
  [events, rollups] = [await storedEvents(world), await visible()];
});

afterAll(async () => {
  await store?.stop();
  await deps?.close();
  archive?.remove();
  await world?.close();
});

describe('an archive', () => {
  it('is a file for each day, with progress', async () => {
    expect(await archive.write(range)).toEqual({ days: 2, kept: 0, files: 2, events: events.length, bytes: expect.any(Number) });
    expect(readdirSync(archive.folder)).toEqual([nameOf(2), nameOf(1)]);
    expect(archive.progress.map(({ day, done }) => [`${day}.parquet`, done > 0])).toEqual([
      [nameOf(2), false],
      [nameOf(1), true],
    ]);
  });

  it('keeps what is there, and writes again what was not over or is asked for', async () => {
    expect(await archive.write(range)).toMatchObject({ days: 0, kept: 2 });
    expect(await archive.write({ ...range, replace: true })).toMatchObject({ days: 2, kept: 0, events: events.length });
    const folder = file('unfinished');
    expect(await archive.write({ ...range, folder }, () => today - DAY / 2)).toMatchObject({ days: 2 });
    expect(await archive.write({ ...range, folder })).toMatchObject({ days: 1, kept: 1 });
  });

  it('has a file for a day without events too, so that it is known to have had none', async () => {
    const folder = file('empty');
    expect(await archive.write({ from: today - 4 * DAY, to: today - 3 * DAY, folder })).toMatchObject({ days: 1, events: 0 });
    const nothing = { from: today - 4 * DAY, to: today - 3 * DAY, fromArchive: folder };
    expect(await replay(deps, nothing)).toMatchObject({ days: [] });
  });

  it('refuses days that have expired, days to come, and a folder with another scope', async () => {
    await expect(archive.write({ from: today - 100 * DAY, to: today })).rejects.toThrow('raw events are kept whole from');
    await expect(archive.write({ from: today + 5 * DAY, to: today + 6 * DAY })).rejects.toThrow('no day that has begun');
    await expect(archive.write({ ...range, tenant: 'tenant1' })).rejects.toThrow(`${file(nameOf(2))} holds every tenant, every feature`);
  });

  it('has no file that is not whole, whatever breaks', async () => {
    const broken = { ...world, clickhouse: { ...world.clickhouse, queryBytes: () => Promise.reject(new Error('gone')) } };
    const other = openArchive(broken);
    await expect(other.write(range)).rejects.toThrow('gone');
    const cut = { ...(await world.clickhouse.queryBytes('SELECT 1 FORMAT TSV')), rows: 1 };
    const short = openArchive({ ...world, clickhouse: { ...world.clickhouse, queryBytes: async () => cut } });
    await expect(short.write(range)).rejects.toThrow('the answer ended early');
    expect([...readdirSync(other.folder), ...readdirSync(short.folder)]).toEqual([]);
    other.remove();
    short.remove();
  });

  it('puts the files of a day in the place of those that there were, and of no others', async () => {
    const folder = file('parts');
    await archive.write({ ...range, folder });
    const [whole] = await archiveFiles.list(folder);
    const { path, digest, ...description } = whole as ArchiveDescription & { path: string; digest: string };
    const noon = description.from + DAY / 2;
    const bytes = async () => (await world.clickhouse.queryBytes('SELECT 1 AS tenant FORMAT Parquet')).bytes;
    const part = (some: Partial<ArchiveDescription>) =>
      bytes().then((content) => archiveFiles.write(folder, content, { ...description, ...some }));
    writeFileSync(join(folder, 'notes.txt'), '');
    await archiveFiles.publish(folder, [await part({ to: noon }), await part({ from: noon })]);
    const later = nameOf(2).replace('.parquet', 'T1200.parquet');
    expect(readdirSync(folder)).toEqual([nameOf(2), later, nameOf(1), 'notes.txt'].sort());
    await archiveFiles.publish(folder, [await part({})]);
    expect(readdirSync(folder)).toEqual([nameOf(2), nameOf(1), 'notes.txt']);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(path).toBe(join(folder, nameOf(2)));
  });
});

describe('a replay from an archive', () => {
  it('says before what it would change, without changing anything', async () => {
    await lose();
    const { changes, days } = await from(archive.folder, { dryRun: true });
    expect(days).toHaveLength(2);
    expect(changes.length).toBeGreaterThan(5);
    expect(changes.every(({ n_now, n_then }) => Number(n_now) === 0 && Number(n_then) > 0)).toBe(true);
    expect([await count('events'), await count('replay_events'), await count('rollup_1m')]).toEqual([0, 0, 0]);
  });

  it('brings back the same rows and the same totals', async () => {
    const progress: ReplayProgress[] = [];
    const result = await replay(deps, { ...range, fromArchive: archive.folder }, (one) => progress.push(one));
    expect(result).toMatchObject({ tenants: 3, resumed: false });
    expect(await storedEvents(world)).toEqual(events);
    expect(await visible()).toEqual(rollups);
    expect(await count('replay_events')).toBe(0);
    expect(progress.filter(({ phase }) => phase === 'read').map(({ done, total }) => [done, total])).toEqual([
      [0, events.length],
      [expect.any(Number), events.length],
      [events.length, events.length],
    ]);
  });

  it('changes nothing the second time', async () => {
    expect((await from(archive.folder, { dryRun: true })).changes).toEqual([]);
    await from();
    expect(await storedEvents(world)).toEqual(events);
    expect(await visible()).toEqual(rollups);
  });

  it('reads one tenant and one feature out of a fuller archive, and one file for its day', async () => {
    await lose();
    await from(archive.folder, { tenant: 'tenant1', feature: 'my_feature' });
    const mine = (one: unknown) =>
      (one as { tenant: string }).tenant === 'tenant1' && (one as { feature: string }).feature === 'my_feature';
    expect(await storedEvents(world)).toEqual(events.filter(mine));
    await replay(deps, { from: today - DAY, to: today, fromArchive: file(nameOf(1)) });
    await from();
    expect(await storedEvents(world)).toEqual(events);
    expect(await visible()).toEqual(rollups);
  });

  it('goes on where it was killed, with the same files and no others', async () => {
    const die = (): never => {
      throw new Error('killed');
    };
    await lose();
    for (const step of ['replay.after-read', 'replay.after-register', 'replay.after-day'])
      await expect(replay({ ...deps, failpoint: (at) => at === step && die() }, { ...range, fromArchive: archive.folder })).rejects.toThrow(
        'killed',
      );
    const other = file('other');
    await archive.write({ ...range, folder: other });
    await expect(from(other)).rejects.toThrow('from archive files is not finished');
    expect(await from()).toMatchObject({ resumed: true });
    expect(await storedEvents(world)).toEqual(events);
    expect(await visible()).toEqual(rollups);
    expect(await cancelReplay(deps)).toBeNull();
  });
});

describe('what is no archive for the replay', () => {
  beforeEach(async () => {
    expect(await storedEvents(world)).toEqual(events);
  });

  it('is a damaged file, and nothing is read from the others either', async () => {
    for (const [name, at] of [
      ['flipped-early', 100],
      ['flipped-late', -200],
    ] as const) {
      const folder = copyOf(name, (bytes, one) => {
        if (one === nameOf(1)) bytes.writeUInt8((bytes.at(at) ?? 0) ^ 1, at < 0 ? bytes.length + at : at);
        return bytes;
      });
      await expect(from(folder)).rejects.toThrow(new RegExp(`${nameOf(1)} (is damaged|is no archive)`));
    }
  });

  it('is a file that is cut short, a file of something else, and nothing at all', async () => {
    await expect(from(copyOf('cut', (bytes) => bytes.subarray(0, -100)))).rejects.toThrow(
      `${nameOf(2)} is no Parquet file, or it is cut short`,
    );
    await expect(from(copyOf('text', () => Buffer.from('{}')))).rejects.toThrow('is no Parquet file');
    await expect(from(file('nowhere'))).rejects.toThrow(`there is no file or folder ${file('nowhere')}`);
    mkdirSync(file('hollow'));
    await expect(from(file('hollow'))).rejects.toThrow(`${file('hollow')} does not cover the replay`);
  });

  it('is a Parquet file of another table, whether it says so or not', async () => {
    const rows = await world.clickhouse.queryBytes('SELECT * FROM epochs FORMAT Parquet');
    const chunks: Buffer[] = [];
    for await (const chunk of rows.bytes) chunks.push(chunk as Buffer);
    await expect(from(copyOf('foreign', () => Buffer.concat(chunks)))).rejects.toThrow(`${nameOf(2)} is no archive of events`);
    const { bytes } = await world.clickhouse.queryBytes('SELECT * FROM epochs FORMAT Parquet');
    const described = { ...range, to: range.from + DAY, tenant: null, feature: null, rows: 1, archivedAt: 0 };
    const written = await archiveFiles.write(file('epochs'), bytes, {
      ...described,
      table: 'epochs',
      columns: [{ name: 'tenant', type: 'String' }],
    });
    await archiveFiles.publish(file('epochs'), [written]);
    await expect(from(file('epochs'))).rejects.toThrow(`${nameOf(2)} is an archive of epochs, not of events`);
  });

  it('is one with a column that the table does not have, or has as something else', async () => {
    const columns = [{ name: 'user_id', type: 'UInt8' }];
    const { bytes } = await world.clickhouse.queryBytes('SELECT 1 AS user_id FORMAT Parquet');
    const described = { ...range, to: range.from + DAY, tenant: null, feature: null, rows: 1, archivedAt: 0, table: 'events' };
    const folder = file('columns');
    await archiveFiles.publish(folder, [await archiveFiles.write(folder, bytes, { ...described, columns })]);
    await expect(from(folder)).rejects.toThrow(`${nameOf(2)} has the column user_id UInt8; in the table it is String`);
  });

  it('is one whose content ClickHouse cannot read as what it says', async () => {
    const { bytes } = await world.clickhouse.queryBytes('SELECT 1 AS tenant FORMAT Parquet');
    const described = { tenant: null, feature: null, rows: 1, archivedAt: 0, table: 'events' };
    const columns = [{ name: 'user_id', type: 'String' }];
    const folder = file('lying');
    const lying = await archiveFiles.write(folder, bytes, { ...described, from: range.from, to: range.from + DAY, columns });
    await archiveFiles.publish(folder, [lying]);
    await expect(replay(deps, { from: range.from, to: range.from + DAY, fromArchive: folder })).rejects.toThrow(
      `${join(folder, nameOf(2))} cannot be read`,
    );
  });

  it('is one without some of the days', async () => {
    const folder = copyOf('gap', (bytes) => bytes);
    renameSync(join(folder, nameOf(2)), join(folder, 'elsewhere'));
    const day = nameOf(2).slice(0, 10);
    await expect(from(folder)).rejects.toThrow(`${folder} does not cover the replay: it has nothing from ${day} 00:00 to`);
    await expect(from(file(nameOf(2)))).rejects.toThrow(`${file(nameOf(2))} does not cover the replay`);
  });

  it('is one of a tenant for a replay of all, and any with --from-kafka', async () => {
    const folder = file('tenant');
    await archive.write({ ...range, folder, tenant: 'tenant2' });
    await expect(from(folder)).rejects.toThrow(`${join(folder, nameOf(2))} holds only the tenant tenant2`);
    expect(await from(folder, { tenant: 'tenant2' })).toMatchObject({ tenants: 1 });
    await expect(from(archive.folder, { fromKafka: true })).rejects.toThrow('leave out --from-kafka or --from-archive');
  });
});

it('takes every value of every column there and back', async () => {
  const at = (today - DAY) / 1000;
  const row = (id: number, values: string): string =>
    `('tenant-ü\\'"\\\\', '', ${at}, '${id}0000000-0000-4000-8000-00000000000f', 'custom-metrics', 65535, true, 340282366920938463463374607431768211455,
      toDateTime64('1969-12-31 23:59:59.999', 3, 'UTC'), '😀 \\0 \\n', '', 'x', '', ${values}, map('', '', 'ключ', repeat('y', 100000)), 't', 4294967295,
      18446744073709551615, toDateTime64('2299-12-31 23:59:59.999', 3, 'UTC'), 18446744073709551615, toDateTime64(0, 3, 'UTC'))`;
  const extremes =
    "['a', 'b', '', 'a', 'e'], [1.7976931348623157e308, -5e-324, nan, -0.0, -inf], [999999999999.999999, -999999999999.999999, 0, 0.000001, -0.000001]";
  await world.clickhouse.command(
    `INSERT INTO events (tenant, feature, minute, event_id, kind, revision, retracted, version, occurred_at, user_id, entity_id, variant, source,
      metrics, values, values_usd, attributes, topic, partition, offset, recorded_at, payload_hash, stored_at)
    VALUES ${row(1, extremes)}, ${row(2, '[], [], []')}`,
  );
  const all = await storedEvents(world);
  expect(all).toHaveLength(events.length + 2);
  const folder = file('extremes');
  await archive.write({ ...range, folder });
  await world.clickhouse.command('TRUNCATE TABLE events');
  await from(folder);
  expect(await storedEvents(world)).toEqual(all);
});
