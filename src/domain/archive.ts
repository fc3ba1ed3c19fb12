/** Archives of raw events: Parquet files that say which table, time and scope they hold. */
import { dayOf } from './totals.ts';

/** Name and ClickHouse type. */
export type ArchivedColumn = { name: string; type: string };

/** Whose events, and which. Null: all. */
export type ArchiveScope = { tenant: string | null; feature: string | null };

/** Milliseconds since 1970; `to` is exclusive. */
export type TimeRange = { from: number; to: number };

/** What a file says of itself. It lies in one UTC day. */
export type ArchiveDescription = TimeRange &
  ArchiveScope & { table: string; columns: readonly ArchivedColumn[]; rows: number; archivedAt: number };

/** A file with its name, and the SHA-256 that it should have. */
export type ArchiveFile = ArchiveDescription & { path: string; digest: string };

/** The key of the description in the file's metadata. */
export const ARCHIVE_KEY = 'impactstream.archive';
const VERSION = 1;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const iso = (ms: number): string => new Date(ms).toISOString();

/** The description as text. */
export function describe({ table, columns, from, to, tenant, feature, rows, archivedAt }: ArchiveDescription): string {
  return JSON.stringify({
    version: VERSION,
    table,
    from: iso(from),
    to: iso(to),
    tenant,
    feature,
    rows,
    archivedAt: iso(archivedAt),
    columns,
  });
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const timeOf = (value: unknown): number => (isText(value) ? Date.parse(value) : Number.NaN);

function columnsOf(value: unknown): ArchivedColumn[] | null {
  if (!Array.isArray(value) || !value.every((one) => isText(one?.name) && isText(one?.type))) return null;
  return value.map(({ name, type }) => ({ name, type }));
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The description that a text holds; null when it is none, or one of another version. */
export function parseDescription(text: string): ArchiveDescription | null {
  const { version, table, tenant, feature, rows, ...rest } = fieldsOf(text);
  const [from, to, archivedAt] = [timeOf(rest['from']), timeOf(rest['to']), timeOf(rest['archivedAt'])];
  const columns = columnsOf(rest['columns']);
  if (version !== VERSION || !isText(table) || !isTextOrNull(tenant) || !isTextOrNull(feature) || columns === null) return null;
  const inOneDay = from < to && to <= (Math.floor(from / DAY_MS) + 1) * DAY_MS;
  if (!inOneDay || Number.isNaN(archivedAt) || !Number.isSafeInteger(rows)) return null;
  return { table, columns, from, to, tenant, feature, rows: Number(rows), archivedAt };
}

/** The first part of the range that no file holds; null when they hold all of it. */
export function gapIn(files: readonly TimeRange[], { from, to }: TimeRange): TimeRange | null {
  let reached = from;
  for (const file of [...files].sort((a, b) => a.from - b.from)) {
    if (file.from > reached) return { from: reached, to: Math.min(to, file.from) };
    reached = Math.max(reached, file.to);
    if (reached >= to) return null;
  }
  return { from: reached, to };
}

/** Whether everything of `wanted` is in an archive of `scope`. */
export const includes = (scope: ArchiveScope, wanted: ArchiveScope): boolean =>
  (scope.tenant === null || scope.tenant === wanted.tenant) && (scope.feature === null || scope.feature === wanted.feature);

/**
 * Cuts a day where so many rows have come together, at whole minutes: a reader holds one file in memory.
 * @param minutes begin (milliseconds since 1970) and rows of each minute that has any, in order
 * @param most rows in a part, unless a single minute has more
 */
export function partsOf(day: TimeRange, minutes: readonly { at: number; rows: number }[], most: number): TimeRange[] {
  const parts: TimeRange[] = [];
  let [from, rows] = [day.from, 0];
  for (const minute of minutes) {
    if (rows > 0 && rows + minute.rows > most) {
      parts.push({ from, to: minute.at });
      [from, rows] = [minute.at, 0];
    }
    rows += minute.rows;
  }
  return [...parts, { from, to: day.to }];
}

/** "2026-01-11.parquet", or "2026-01-11T0500.parquet" for a part that begins later. */
export function fileNameOf({ from }: TimeRange): string {
  const minutes = Math.floor((from % DAY_MS) / MINUTE_MS);
  return `${minutes === 0 ? dayOf(from) : iso(from).slice(0, 16).replace(':', '')}.parquet`;
}
