/** Days of raw events from ClickHouse into archive files, one day after the other. */
import { type ArchivedColumn, type ArchiveFile, type ArchiveScope, gapIn, partsOf, type TimeRange } from '../domain/archive.ts';
import { ImpactError } from '../domain/errors.ts';
import { keptWholeFrom } from '../domain/retention.ts';
import { dayOf } from '../domain/totals.ts';
import { archivedEvents, eventColumns, minuteCounts } from '../query/archive.ts';
import { ask } from '../query/statement.ts';
import type { System } from './system.ts';

export type ArchiveOptions = TimeRange & ArchiveScope & { folder: string; replace: boolean };
/** `done` of `total` events; `etaMs` is null until there is something to judge by. */
export type ArchiveProgress = { day: string; done: number; total: number; etaMs: number | null };
export type ArchiveResult = { days: number; kept: number; files: number; events: number; bytes: number };
export type Archiving = {
  now(): number;
  signal: AbortSignal;
  onProgress(progress: ArchiveProgress): void;
};

const DAY_MS = 86_400_000;
/** ClickHouse holds a Parquet file in memory while it reads it: so many rows take about half a gigabyte there. */
const MOST_ROWS = 1_000_000;

const bad = (detail: string): ImpactError => new ImpactError('unprocessable', detail);

/** Whole UTC days, none that is still to come. @throws ImpactError `unprocessable` when raw events of the first ones may have expired */
function daysOf({ from, to }: TimeRange, now: number, retentionDays: number): TimeRange[] {
  const [first, end] = [Math.floor(from / DAY_MS) * DAY_MS, Math.min(to, now)];
  if (!(first < end)) throw bad(`the range from ${dayOf(from)} to ${dayOf(to)} has no day that has begun`);
  const kept = keptWholeFrom(now, retentionDays);
  if (first < kept) throw bad(`${dayOf(first)} is too early: raw events are kept whole from ${dayOf(kept)} on; begin there`);
  return Array.from({ length: Math.ceil((end - first) / DAY_MS) }, (_, n) => ({ from: first + n * DAY_MS, to: first + (n + 1) * DAY_MS }));
}

const overlaps = (day: TimeRange) => (file: TimeRange) => file.from < day.to && file.to > day.from;

/** A file of more or of less would be replaced by what was not meant, or stand beside it. */
function refuseOtherScope(files: readonly ArchiveFile[], { tenant, feature, folder }: ArchiveOptions): void {
  const other = files.find((file) => file.tenant !== tenant || file.feature !== feature);
  const held = [other?.tenant ?? 'every tenant', other?.feature ?? 'every feature'].join(', ');
  if (other) throw new ImpactError('conflict', `${other.path} holds ${held}: archive this into a folder of its own, not into ${folder}`);
}

/** Whether nothing is to be done: the day is there, and was over when it was written. */
const isArchived = (files: readonly ArchiveFile[], day: TimeRange): boolean =>
  gapIn(files, day) === null && files.every(({ archivedAt }) => archivedAt >= day.to);

type Part = TimeRange & { day: string; rows: number };

async function partsOfDay({ clickhouse }: System, day: TimeRange, scope: ArchiveScope): Promise<Part[]> {
  const minutes = await ask(clickhouse, minuteCounts(day, scope));
  return partsOf(day, minutes, MOST_ROWS).map((part) => ({
    ...part,
    day: dayOf(day.from),
    rows: minutes.reduce((sum, { at, rows }) => sum + (at >= part.from && at < part.to ? rows : 0), 0),
  }));
}

async function dueDays(system: System, options: ArchiveOptions, now: number): Promise<{ due: TimeRange[]; kept: number }> {
  const days = daysOf(options, now, system.config.retentionRawDays);
  const there = await system.archives.list(options.folder).catch((error: NodeJS.ErrnoException) => {
    if (error.cause && (error.cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  refuseOtherScope(
    there.filter((file) => days.some((day) => overlaps(day)(file))),
    options,
  );
  const due = days.filter((day) => options.replace || !isArchived(there.filter(overlaps(day)), day));
  return { due, kept: days.length - due.length };
}

async function writePart(system: System, columns: readonly ArchivedColumn[], part: Part, options: ArchiveOptions, run: Archiving) {
  const { text, params } = archivedEvents(columns, part, options);
  const { tenant, feature, folder } = options;
  const archivedAt = run.now();
  const { bytes, rows } = await system.clickhouse.queryBytes(text, params);
  const description = { table: 'events', columns, from: part.from, to: part.to, tenant, feature, rows, archivedAt };
  return { ...(await system.archives.write(folder, bytes, description)), rows };
}

/**
 * Writes every day of the range that is not archived yet, or every one.
 * @throws ImpactError `unprocessable` on a range that cannot be archived, `conflict` when the folder holds other scopes of these days
 */
export async function archiveRange(system: System, options: ArchiveOptions, run: Archiving): Promise<ArchiveResult> {
  const startedAt = run.now();
  const [columns, { due, kept }] = [await ask(system.clickhouse, eventColumns()), await dueDays(system, options, startedAt)];
  const days: Part[][] = [];
  for (const day of due) days.push(await partsOfDay(system, day, options));
  const total = days.flat().reduce((sum, { rows }) => sum + rows, 0);
  const result = { days: due.length, kept, files: 0, events: 0, bytes: 0 };
  let done = 0;
  for (const parts of days) {
    const written = [];
    for (const part of parts) {
      run.signal.throwIfAborted();
      run.onProgress({ day: part.day, done, total, etaMs: done === 0 ? null : ((run.now() - startedAt) / done) * (total - done) });
      written.push(await writePart(system, columns, part, options, run));
      done += part.rows;
    }
    await system.archives.publish(options.folder, written);
    result.files += written.length;
    for (const { rows, bytes } of written) [result.events, result.bytes] = [result.events + rows, result.bytes + bytes];
  }
  return result;
}
