/** Events of a range read again from archive files, for what the raw table has lost. The same rows come back, so nothing is doubled. */
import type { Readable } from 'node:stream';
import { type ArchivedColumn, type ArchiveFile, type ArchiveScope, gapIn, includes, type TimeRange } from '../../src/domain/archive.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import { eventColumns, storeArchived } from '../../src/query/archive.ts';
import { persistent, type RunDeps } from './run.ts';

export type ArchiveDeps = Pick<RunDeps, 'log' | 'signal' | 'onWait'> & {
  archives: {
    /** The files of a folder, or the one file, in order of time. */
    list(path: string): Promise<ArchiveFile[]>;
    /** Throws ImpactError `unprocessable` when a file is not as it was written. */
    verify(file: ArchiveFile): Promise<void>;
    open(file: ArchiveFile): Readable;
  };
  clickhouse: {
    query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]>;
    commandFrom(text: string, params: Record<string, unknown>, bytes: Readable): Promise<void>;
  };
};

export type WantedEvents = TimeRange & ArchiveScope;
/** `done` of `total`: files while they are checked, events while they are read. */
export type ArchiveProgress = (phase: 'check' | 'read', done: number, total: number) => void;

const bad = (detail: string, cause?: unknown): ImpactError => new ImpactError('unprocessable', detail, { cause });
const minuteOf = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

/** What keeps a file from being read for this replay; null when nothing does. */
function faultOf({ path, table, columns, ...scope }: ArchiveFile, known: readonly ArchivedColumn[], wanted: WantedEvents): string | null {
  if (table !== 'events') return `${path} is an archive of ${table}, not of events`;
  const types = new Map(known.map(({ name, type }) => [name, type]));
  const strange = columns.find(({ name, type }) => types.get(name) !== type);
  if (strange) return `${path} has the column ${strange.name} ${strange.type}; in the table it is ${types.get(strange.name) ?? 'unknown'}`;
  if (includes(scope, wanted)) return null;
  const held = [scope.tenant && `the tenant ${scope.tenant}`, scope.feature && `the feature ${scope.feature}`]
    .filter(Boolean)
    .join(' and ');
  return `${path} holds only ${held}: replay no more than that, with --tenant and --feature, or use a fuller archive`;
}

function refuseGap(path: string, files: readonly ArchiveFile[], wanted: WantedEvents): void {
  const gap = gapIn(files, wanted);
  if (gap) throw bad(`${path} does not cover the replay: it has nothing from ${minuteOf(gap.from)} to ${minuteOf(gap.to)} UTC`);
}

/**
 * The files that hold the wanted events, each of them checked to its last byte. Nothing has been read into a table yet.
 * @throws ImpactError `unprocessable` naming the file or folder that does not serve, and why
 */
export async function checkArchive(
  deps: ArchiveDeps,
  path: string,
  wanted: WantedEvents,
  onProgress: ArchiveProgress,
): Promise<ArchiveFile[]> {
  const files = (await deps.archives.list(path)).filter(({ from, to }) => from < wanted.to && to > wanted.from);
  const { text, params } = eventColumns();
  const known = await persistent(deps, () => deps.clickhouse.query<ArchivedColumn>(text, params));
  for (const file of files) {
    const fault = faultOf(file, known, wanted);
    if (fault === null) continue;
    // It may only say so because it is damaged.
    await deps.archives.verify(file);
    throw bad(fault);
  }
  refuseGap(path, files, wanted);
  for (const [done, file] of files.entries()) {
    deps.signal?.throwIfAborted();
    onProgress('check', done, files.length);
    await deps.archives.verify(file);
  }
  return files;
}

/** A file is sent as a whole again when ClickHouse was away meanwhile. */
async function readFile(deps: ArchiveDeps, file: ArchiveFile, table: 'events' | 'replay_events', wanted: WantedEvents): Promise<void> {
  const { text, params } = storeArchived(table, file.columns, wanted);
  const send = async (): Promise<void> => {
    const bytes = deps.archives.open(file);
    await deps.clickhouse.commandFrom(text, params, bytes).finally(() => bytes.destroy());
  };
  try {
    await persistent(deps, send);
  } catch (error) {
    if (!(error instanceof ImpactError) || error.code !== 'unprocessable') throw error;
    throw bad(`${file.path} cannot be read: ${error.message}`, error);
  }
}

/**
 * Reads checked files, in order of time.
 * @param expired milliseconds since 1970; days before it go to the replay's own table, for the raw one would drop them
 */
export async function readArchive(
  deps: ArchiveDeps,
  files: readonly ArchiveFile[],
  wanted: WantedEvents & { expired: number },
  onProgress: ArchiveProgress,
): Promise<void> {
  const total = files.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  for (const file of files) {
    onProgress('read', done, total);
    await readFile(deps, file, file.from < wanted.expired ? 'replay_events' : 'events', wanted);
    done += file.rows;
  }
  onProgress('read', done, total);
}
