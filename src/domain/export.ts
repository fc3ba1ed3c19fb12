/** Exports for a warehouse: which tables, what their columns are called there, and which days have changed since the last time. */
import { ImpactError } from './errors.ts';

export const exportFormats = ['parquet', 'jsonl'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Types of BigQuery's JSON schemas; other warehouses have the same under like names. */
export type WarehouseType = 'STRING' | 'INT64' | 'FLOAT64' | 'NUMERIC' | 'BOOL' | 'DATE' | 'TIMESTAMP' | 'RECORD';
export type WarehouseField = {
  name: string;
  type: WarehouseType;
  mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  description?: string;
  fields?: readonly WarehouseField[];
};

/** What a day holds at this moment: the text changes when anything of it does. */
export type DayStamp = { day: string; rows: number; stamp: string };
export type ExportedDay = { stamp: string; rows: number; bytes: number; sha256: string; exportedAt: string };
/** What a folder holds of a table. */
export type ExportManifest = {
  version: 1;
  table: string;
  format: ExportFormat;
  namespace: string;
  /** The columns of every day's file. */
  columns: string;
  days: Record<string, ExportedDay>;
};

const suffixes: Record<ExportFormat, string> = { parquet: 'parquet', jsonl: 'jsonl.gz' };

/** "events/dt=2026-01-11/events.parquet": what warehouses call Hive's partitioning. */
export const exportPath = (table: string, day: string, format: ExportFormat): string => `${table}/dt=${day}/${table}.${suffixes[format]}`;
export const manifestName = (table: string): string => `${table}.manifest.json`;
export const schemaName = (table: string): string => `${table}.schema.json`;

export const schemaText = (fields: readonly WarehouseField[]): string => `${JSON.stringify(fields, null, 2)}\n`;

export const columnsText = (fields: readonly WarehouseField[]): string =>
  fields.map(({ name, type, mode }) => `${name}:${type}:${mode}`).join(' ');

export const emptyManifest = (table: string, format: ExportFormat, namespace: string): ExportManifest => ({
  version: 1,
  table,
  format,
  namespace,
  columns: '',
  days: {},
});

/** The manifest for these columns: days that were written with others are to be written again. */
export function withColumns(manifest: ExportManifest, columns: string): ExportManifest {
  if (manifest.columns === columns) return manifest;
  const days = Object.entries(manifest.days).map(([day, one]) => [day, { ...one, stamp: '' }] as const);
  return { ...manifest, columns, days: Object.fromEntries(days) };
}

const isDays = (value: unknown): boolean =>
  Object.entries(Object(value)).every(([day, one]) => /^\d{4}-\d{2}-\d{2}$/.test(day) && typeof (one as ExportedDay)?.stamp === 'string');

/**
 * @param where what the text was read from, for the message
 * @throws ImpactError `unprocessable` when it is none, `conflict` when the folder holds something else under this name
 */
export function readManifest(text: string, where: string, wanted: Pick<ExportManifest, 'table' | 'format' | 'namespace'>): ExportManifest {
  let found: ExportManifest;
  try {
    found = Object(JSON.parse(text)) as ExportManifest;
  } catch (cause) {
    throw new ImpactError('unprocessable', `${where} is no list of exported days`, { cause });
  }
  if (found.version !== 1 || !isDays(found.days)) throw new ImpactError('unprocessable', `${where} is no list of exported days`);
  const other = (['table', 'format', 'namespace'] as const).find((key) => found[key] !== wanted[key]);
  if (other)
    throw new ImpactError('conflict', `${where} is of ${other} "${found[other]}", not "${wanted[other]}": export into another folder`);
  return found;
}

/** Days in the range (ISO dates, `to` not part of it) that are to be written, and those that have nothing any more. */
export function dueDays(
  { days }: ExportManifest,
  now: readonly DayStamp[],
  range: { from: string; to: string },
  all: boolean,
): { write: DayStamp[]; remove: string[] } {
  const write = now.filter(({ day, stamp, rows }) => rows > 0 && (all || days[day]?.stamp !== stamp));
  const there = new Set(now.filter(({ rows }) => rows > 0).map(({ day }) => day));
  const remove = Object.keys(days).filter((day) => day >= range.from && day < range.to && !there.has(day));
  return { write, remove: remove.sort() };
}

/** The manifest after a day was written, or removed. */
export function withDay(manifest: ExportManifest, day: string, exported: ExportedDay | null): ExportManifest {
  const { [day]: _, ...others } = manifest.days;
  const days = exported === null ? others : { ...others, [day]: exported };
  return { ...manifest, days: Object.fromEntries(Object.entries(days).sort(([a], [b]) => (a < b ? -1 : 1))) };
}
