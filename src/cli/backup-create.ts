/**
 * Makes a backup while everything goes on. In this order, so that what is in one part and not yet in another can be made from what is there:
 * 1. the cut: the moment, and what each stage has committed. All that was read until then is in what follows.
 * 2. the flags in Redis, 3. Postgres, in one snapshot, 4. ClickHouse: rollups, the epochs that they were read under, all else, raw events last,
 * 5. the registry's schemas, 6. the manifest; only then the folder gets its name.
 * What a stage has stored since the cut may be in it or not. A restore lets the stages read again from the cut, which changes nothing that
 * is there already, and rebuilds the days that were in motion.
 */
import { Readable } from 'node:stream';
import { stages } from '../../streams/topology.ts';
import {
  type BackupColumn,
  type BackupFile,
  type BackupManifest,
  type BackupPart,
  backupId,
  type KafkaCut,
  partPath,
  readingOrder,
  sameEpochs,
} from '../domain/backup.ts';
import { ImpactError } from '../domain/errors.ts';
import * as tables from '../query/backup-clickhouse.ts';
import { appliedMigrations, claimBackups, type StoredTable, storedTables, tableRows } from '../query/backup-postgres.ts';
import { ask } from '../query/statement.ts';
import type { System } from './system.ts';

export type Creating = { now(): number; signal: AbortSignal; program: string; onProgress(text: string): void };
type Run = Creating & { system: System; folder: string; id: string; files: BackupFile[] };

const EPOCH_ATTEMPTS = 5;
export const stageNames: readonly string[] = stages.map(({ name }) => name);

async function writePart(run: Run, part: BackupPart, content: Readable, rows: () => number): Promise<void> {
  run.signal.throwIfAborted();
  run.onProgress(`${part.component} ${part.table}`);
  const written = await run.system.backups.files.write(run.folder, run.id, part.path, content);
  run.files.push({ ...part, ...written, rows: rows() });
}

/** Offsets are a help, not a condition: without Kafka the databases can be saved all the same. */
async function kafkaCut({ system, onProgress }: Run): Promise<KafkaCut | null> {
  onProgress('offsets');
  return system.backups.groups.read(stageNames).catch(() => null);
}

async function saveFlags(run: Run): Promise<void> {
  const dump = await run.system.backups.flags.read();
  const part = { path: partPath('redis', 'flags', null), component: 'redis', table: 'flags', columns: [] } as const;
  await writePart(run, part, Readable.from([`${JSON.stringify(dump)}\n`]), () => 1);
}

async function saveTable(run: Run, sql: Parameters<typeof tableRows>[0], table: StoredTable): Promise<void> {
  let count = 0;
  const lines = async function* (): AsyncGenerator<string> {
    for await (const rows of tableRows(sql, table)) {
      count += rows.length;
      yield `${rows.join('\n')}\n`;
    }
  };
  await writePart(
    run,
    { path: partPath('postgres', table.table, null), component: 'postgres', ...table },
    Readable.from(lines()),
    () => count,
  );
}

/** All of Postgres as it was at one moment. @returns the migrations that its tables have had */
async function savePostgres(run: Run): Promise<string[]> {
  return run.system.postgres.transaction(async (sql) => {
    await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    for (const table of await storedTables(sql)) await saveTable(run, sql, table);
    return appliedMigrations(sql);
  });
}

async function savePartition(run: Run, table: string, columns: readonly BackupColumn[], partition: string): Promise<void> {
  const { text, params } = tables.partitionRows(table, columns, partition);
  const { bytes, rows } = await run.system.clickhouse.queryBytes(text, params);
  await writePart(run, { path: partPath('clickhouse', table, partition), component: 'clickhouse', table, columns }, bytes, () => rows);
}

async function saveClickHouseTable(run: Run, table: string): Promise<void> {
  const { clickhouse } = run.system;
  const columns = await ask(clickhouse, tables.columnsOf(table));
  for (const { id } of await ask(clickhouse, tables.partitionsOf(table))) await savePartition(run, table, columns, id);
}

/** Takes out what has been written of these tables. */
async function discard(run: Run, names: readonly string[]): Promise<void> {
  const of = ({ component, table }: BackupFile): boolean => component === 'clickhouse' && names.includes(table);
  for (const { path } of run.files.filter(of)) await run.system.backups.files.discard(run.folder, run.id, path);
  run.files = run.files.filter((file) => !of(file));
}

/**
 * A replay that switches over meanwhile would take rows away that we are to read, and make others active that we have read too early: then
 * all of it is read again.
 */
async function saveRollups(run: Run, rollups: readonly string[]): Promise<void> {
  const { clickhouse } = run.system;
  for (let attempt = 0; attempt < EPOCH_ATTEMPTS; attempt++) {
    const before = await ask(clickhouse, tables.activeEpochs());
    for (const table of rollups) await saveClickHouseTable(run, table);
    await saveClickHouseTable(run, 'epochs');
    if (sameEpochs(before, await ask(clickhouse, tables.activeEpochs()))) return;
    await discard(run, [...rollups, 'epochs']);
  }
  throw new ImpactError('conflict', 'replays have switched over again and again while the rollups were read; try again when they are done');
}

async function saveClickHouse(run: Run): Promise<void> {
  const { rollups, others } = readingOrder((await ask(run.system.clickhouse, tables.storedTables())).map(({ table }) => table));
  await saveRollups(run, rollups);
  for (const table of others) await saveClickHouseTable(run, table);
}

/** Like the offsets: what is not to be had now is left out, for `schemas/avro` has the schemas as well. */
async function saveSchemas(run: Run): Promise<void> {
  const schemas = await run.system.backups.schemas.read().catch(() => []);
  const part = { path: partPath('registry', 'schemas', null), component: 'registry', table: 'schemas', columns: [] } as const;
  const lines = schemas.map((one) => `${JSON.stringify(one)}\n`);
  await writePart(run, part, Readable.from(lines), () => lines.length);
}

async function save(run: Run, namespace: string): Promise<BackupManifest> {
  const cutAt = run.now();
  const kafka = await kafkaCut(run);
  await saveFlags(run);
  const migrations = await savePostgres(run);
  await saveClickHouse(run);
  await saveSchemas(run);
  return { id: run.id, namespace, program: run.program, cutAt, finishedAt: run.now(), migrations, kafka, files: run.files };
}

/** Two at once would remove each other's unfinished folders. */
async function alone<T>({ postgres }: System, work: () => Promise<T>): Promise<T> {
  const session = await postgres.session();
  try {
    if (!(await claimBackups(session)))
      throw new ImpactError('conflict', 'another backup of this installation is being made at this moment');
    return await work();
  } finally {
    session.release();
  }
}

/**
 * Writes a new backup into the folder.
 * @throws ImpactError `conflict` while another one is being made; whatever breaks, no unfinished backup has a name that looks like a whole one
 */
export async function createBackup(
  system: System,
  folder: string,
  creating: Creating,
): Promise<{ path: string; manifest: BackupManifest }> {
  const { namespace } = system.config;
  const { files } = system.backups;
  const id = backupId(namespace, creating.now());
  return alone(system, async () => {
    await files.begin(folder, id, namespace);
    try {
      const manifest = await save({ ...creating, system, folder, id, files: [] }, namespace);
      return { path: await files.finish(folder, manifest), manifest };
    } catch (error) {
      await files.abandon(folder, id).catch(() => undefined);
      throw error;
    }
  });
}
