/**
 * Puts a backup into an installation, in this order: every byte is checked before anything is touched; Postgres in one transaction;
 * ClickHouse table by table; flags; what was in motion is rebuilt from the raw events; people are told what they may not know; consumers go
 * back to the cut.
 * If it dies in between, `restores` in Postgres says so, and the same command goes on from the beginning.
 */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { FlagDump } from '../adapters/backup-flags.ts';
import type { RegisteredSchema } from '../adapters/registry/inventory.ts';
import {
  type BackupFile,
  type BackupManifest,
  inOrderOfReference,
  isKept,
  type NotifyMemory,
  rangesOf,
  readingOrder,
  rewindsFor,
  type StageOffset,
  unknownMigrations,
} from '../domain/backup.ts';
import { ImpactError } from '../domain/errors.ts';
import * as tables from '../query/backup-clickhouse.ts';
import * as rows from '../query/backup-postgres.ts';
import { claimLed } from '../query/stage-health.ts';
import { ask } from '../query/statement.ts';
import { stageNames } from './backup-create.ts';
import { memoryOf, settleTold, type Told } from './restore-told.ts';
import type { System } from './system.ts';

export type Restoring = { force: boolean; now(): number; signal: AbortSignal; onProgress(text: string): void };
export type Restored = { rows: number; rebuiltDays: string[]; rewound: StageOffset[]; changedSchemas: number[]; told: Told };
type Run = Restoring & { system: System; path: string; manifest: BackupManifest; memory: NotifyMemory };

const bad = (detail: string): ImpactError => new ImpactError('unprocessable', detail);
/** Clocks of different machines, and a flush that had begun before the cut. */
const MARGIN_MS = 300_000;

const filesOf = ({ manifest }: Run, component: BackupFile['component']): BackupFile[] =>
  manifest.files.filter((file) => file.component === component);

/** @throws ImpactError `unprocessable` naming every file that is not what was written */
export async function verifyBackup({ backups }: System, path: string, onProgress: (text: string) => void): Promise<BackupManifest> {
  const manifest = await backups.files.manifest(path);
  const faults: string[] = [];
  for (const [n, file] of manifest.files.entries()) {
    onProgress(`${n} of ${manifest.files.length} files`);
    const fault = await backups.files.fault(path, file);
    if (fault !== null) faults.push(`${file.path} ${fault}`);
  }
  if (faults.length > 0) throw bad(`${path} cannot be restored: ${faults.join('; ')}`);
  return manifest;
}

/** What an installation without any data has nonetheless: what `impact migrate` puts there. */
const installed = new Set(['rules', 'rule_versions']);

async function contentOf({ system }: Run): Promise<string[]> {
  const found: string[] = [];
  for (const { table } of await rows.storedTables(system.postgres))
    if (!installed.has(table) && (await rows.rowsIn(system.postgres, table)) > 0) found.push(`Postgres ${table}`);
  const { rollups, others } = readingOrder((await ask(system.clickhouse, tables.storedTables())).map(({ table }) => table));
  for (const table of [...rollups, ...others])
    if (((await ask(system.clickhouse, tables.rowCount(table)))[0]?.n ?? 0) > 0) found.push(`ClickHouse ${table}`);
  if (!(await system.backups.flags.isEmpty())) found.push('flags in Redis');
  return found;
}

async function refuseUnlessEmpty(run: Run): Promise<void> {
  const begun = await rows.unfinishedRestore(run.system.postgres);
  if (run.force || begun?.backup === run.manifest.id) return;
  const content = await contentOf(run);
  const shown = content.length > 5 ? `${content.slice(0, 5).join(', ')} and ${content.length - 5} more` : content.join(', ');
  if (content.length > 0)
    throw new ImpactError('conflict', `this installation holds data (${shown}); --force puts the backup in its place`);
}

/** A stage that runs would go on writing into tables that are emptied and filled, and tell people what it finds in them. */
async function refuseWhileRunning(system: System, led: readonly string[] = []): Promise<void> {
  const groups = await system.backups.groups.running(stageNames);
  const running = stageNames.filter((stage) => groups.includes(stage) || led.includes(stage));
  if (running.length > 0)
    throw new ImpactError('conflict', `stop the stages first: ${running.join(', ')} (then give the same command again)`);
}

/**
 * Nobody else restores or makes a backup meanwhile, and no stage that works under a lock: one that runs is refused, one that starts waits.
 * Stages that read Kafka are seen by their groups.
 */
async function alone<T>(system: System, work: () => Promise<T>): Promise<T> {
  const session = await system.postgres.session();
  try {
    if (!(await rows.claimBackups(session)))
      throw new ImpactError('conflict', 'a backup of this installation is being made or restored at this moment');
    await refuseWhileRunning(system, await claimLed(session, system.config.namespace));
    return await work();
  } finally {
    session.release();
  }
}

function refuseUnknown(manifest: BackupManifest, path: string, known: readonly string[]): void {
  const unknown = unknownMigrations(manifest, known);
  if (unknown.length > 0)
    throw bad(`${path} was made by a newer version (${manifest.program}): this one does not know ${unknown.join(', ')}`);
}

const BATCH_ROWS = 1_000;
const BATCH_CHARACTERS = 4_000_000;

/** The lines of a file, some at a time. */
async function* batches(content: Readable): AsyncGenerator<string[]> {
  let [batch, size]: [string[], number] = [[], 0];
  for await (const line of createInterface({ input: content, crlfDelay: Number.POSITIVE_INFINITY })) {
    batch.push(line);
    size += line.length;
    if (batch.length < BATCH_ROWS && size < BATCH_CHARACTERS) continue;
    yield batch;
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

async function restoreTable(run: Run, sql: rows.Database, file: BackupFile): Promise<void> {
  run.signal.throwIfAborted();
  run.onProgress(`Postgres ${file.table}`);
  const stored = { table: file.table, columns: [...file.columns] };
  for await (const batch of batches(run.system.backups.files.read(run.path, file))) await rows.storeRows(sql, stored, batch);
}

async function restorePostgres(run: Run): Promise<void> {
  const files = new Map(filesOf(run, 'postgres').map((file) => [file.table, file]));
  await run.system.postgres.transaction(async (sql) => {
    const names = [...files.keys()].filter((table) => !isKept(run.memory, table));
    await rows.emptyTables(sql, names);
    for (const table of inOrderOfReference(names, await rows.references(sql))) {
      const file = files.get(table);
      if (file) await restoreTable(run, sql, file);
    }
    await rows.settleTables(sql, names);
    await rows.cancelReplays(sql);
  });
}

async function restoreClickHouse(run: Run): Promise<void> {
  const { clickhouse, backups } = run.system;
  const { rollups, others } = readingOrder((await ask(clickhouse, tables.storedTables())).map(({ table }) => table));
  for (const table of [...rollups, ...others, 'epochs', 'replay_events']) await clickhouse.commandEverywhere(`TRUNCATE TABLE ${table}`);
  for (const file of filesOf(run, 'clickhouse')) {
    run.signal.throwIfAborted();
    run.onProgress(`ClickHouse ${file.table}`);
    const { text, params } = tables.storeRows(file.table, file.columns);
    await clickhouse.commandFrom(text, params, backups.files.read(run.path, file));
  }
  const { text, params } = tables.abandonBuilding();
  await clickhouse.command(text, params);
}

async function linesOf(run: Run, component: BackupFile['component']): Promise<unknown[]> {
  const lines: unknown[] = [];
  for (const file of filesOf(run, component))
    for await (const batch of batches(run.system.backups.files.read(run.path, file))) lines.push(...batch.map((line) => JSON.parse(line)));
  return lines;
}

async function restoreFlags(run: Run): Promise<void> {
  run.onProgress('flags');
  const [dump] = (await linesOf(run, 'redis')) as FlagDump[];
  if (dump) await run.system.backups.flags.replace(dump, randomUUID());
}

/** Rollups are read before the events, so what was stored meanwhile is among the events only: those days are made anew. @returns the days */
async function rebuild(run: Run): Promise<string[]> {
  const days = (await ask(run.system.clickhouse, tables.daysInMotion(run.manifest.cutAt - MARGIN_MS))).map(({ day }) => day);
  for (const range of rangesOf(days)) {
    run.onProgress(`rebuilding from ${new Date(range.from).toISOString().slice(0, 10)}`);
    await run.system.replay(range, () => undefined, run.signal);
  }
  return days;
}

/** Lets the stages read again what they have read since the cut. */
async function rewind({ system, manifest }: Run): Promise<StageOffset[]> {
  const { groups } = system.backups;
  const offsets = rewindsFor(manifest, system.config.namespace, await groups.read(stageNames).catch(() => null));
  if (offsets.length > 0) await groups.rewind(offsets);
  return offsets;
}

/** Messages in Kafka name schemas by number. @returns the numbers that mean something else, or nothing, in this registry */
async function changedSchemas(run: Run): Promise<number[]> {
  const schemas = (await linesOf(run, 'registry')) as RegisteredSchema[];
  return run.system.backups.schemas.missing(schemas).catch(() => []);
}

async function restoreAll(run: Run): Promise<Restored> {
  const { system, manifest } = run;
  await rows.beginRestore(system.postgres, manifest.id);
  await restorePostgres(run);
  await restoreClickHouse(run);
  await restoreFlags(run);
  const rebuiltDays = await rebuild(run);
  // Whoever has started one meanwhile is told so, before anybody else is told anything.
  await refuseWhileRunning(system);
  run.onProgress('what came since the backup');
  const told = await settleTold(system, manifest, run.memory, run.now());
  const rewound = await rewind(run);
  await rows.endRestore(system.postgres);
  return {
    rows: manifest.files.reduce((sum, file) => sum + file.rows, 0),
    rebuiltDays,
    rewound,
    changedSchemas: await changedSchemas(run),
    told,
  };
}

/**
 * Restores into an installation that has been migrated and whose stages are stopped.
 * @throws ImpactError `unprocessable` for a backup that is damaged or too new, `conflict` for a target that holds data or is running
 */
export async function restoreBackup(system: System, path: string, restoring: Restoring): Promise<Restored> {
  return alone(system, async () => {
    const manifest = await verifyBackup(system, path, (text) => restoring.onProgress(`checking ${text}`));
    refuseUnknown(manifest, path, await rows.appliedMigrations(system.postgres));
    const run: Run = { ...restoring, system, path, manifest, memory: await memoryOf(system, manifest) };
    await refuseUnlessEmpty(run);
    return restoreAll(run);
  });
}
