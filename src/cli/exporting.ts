/**
 * Exports a table, day by day. A day is written when it holds something else than the last time; the list of days is written after each, so
 * whatever breaks, the next run goes on with what is missing, and does nothing twice.
 */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { TimeRange } from '../domain/archive.ts';
import {
  columnsText,
  type DayStamp,
  dueDays,
  type ExportFormat,
  type ExportManifest,
  emptyManifest,
  exportPath,
  manifestName,
  readManifest,
  schemaName,
  schemaText,
  type WarehouseField,
  withColumns,
  withDay,
} from '../domain/export.ts';
import { type ClickHouseExport, type ExportName, exportTables, type PostgresExport, warehouseOf } from '../domain/export-tables.ts';
import { keptWholeFrom } from '../domain/retention.ts';
import { dayOf } from '../domain/totals.ts';
import * as questions from '../query/export.ts';
import * as tables from '../query/export-tables.ts';
import { ask } from '../query/statement.ts';
import type { System } from './system.ts';

export type ExportOptions = TimeRange & { folder: string; format: ExportFormat; all: boolean };
export type Exporting = { now(): number; signal: AbortSignal; onDay(text: string): void };
export type ExportResult = { table: ExportName; days: number; unchanged: number; removed: number; rows: number; bytes: number };

/** What a table can be asked, wherever it lies. */
type Source = {
  fields: readonly WarehouseField[];
  range: TimeRange;
  stamps(): Promise<DayStamp[]>;
  /** The rows of a day in the format; `work` must have read them when it resolves. */
  withRows<T>(day: string, work: (rows: Readable) => Promise<T>): Promise<T>;
};

const DAY_MS = 86_400_000;
const dayRange = (day: string): TimeRange => ({ from: Date.parse(day), to: Date.parse(day) + DAY_MS });

/** Whole days; of a day that is half expired the warehouse keeps what it has. */
function wholeDays({ config }: System, { from, to }: TimeRange, tier: ClickHouseExport['tier'], now: number): TimeRange {
  const kept = { raw: config.retentionRawDays, '1m': config.retentionMinuteDays, '1h': config.retentionHourDays, '1d': null }[tier];
  const first = Math.floor(from / DAY_MS) * DAY_MS;
  return { from: kept === null ? first : Math.max(first, keptWholeFrom(now, kept)), to: Math.ceil(to / DAY_MS) * DAY_MS };
}

function clickhouseSource(system: System, table: ClickHouseExport, options: ExportOptions, now: number): Source {
  const range = wholeDays(system, options, table.tier, now);
  return {
    range,
    fields: table.columns.map(({ sql: _, ...field }) => field),
    stamps: () => ask(system.clickhouse, questions.dayStamps(table, range)),
    async withRows(day, work) {
      const { text, params } = questions.dayRows(table, dayRange(day), options.format);
      return work((await system.clickhouse.queryBytes(text, params)).bytes);
    },
  };
}

/** ClickHouse writes the file of a day of Postgres as well: one writer, one set of types. */
async function postgresSource(system: System, table: PostgresExport, options: ExportOptions, now: number): Promise<Source> {
  const range = wholeDays(system, options, '1d', now);
  const columns = await tables.tableColumns(system.postgres, table.from);
  const made = columns.map(({ name, type, isNullable }) => ({ name, ...warehouseOf(name, type, isNullable) }));
  return {
    range,
    fields: made.map(({ field }) => field),
    stamps: () => tables.dayStamps(system.postgres, table, { from: dayOf(range.from), to: dayOf(range.to) }),
    async withRows(day, work) {
      const passage = `export_${randomUUID().replaceAll('-', '')}`;
      await system.clickhouse.command(questions.createPassage(passage, made).text);
      try {
        await system.clickhouse.insertRows(passage, await tables.dayRows(system.postgres, table, columns, day));
        return await work((await system.clickhouse.queryBytes(questions.passageRows(passage, made, options.format).text)).bytes);
      } finally {
        await system.clickhouse.command(questions.dropPassage(passage).text);
      }
    },
  };
}

function sourceOf(system: System, name: ExportName, options: ExportOptions, now: number): Source | Promise<Source> {
  const table: ClickHouseExport | PostgresExport = exportTables[name];
  return table.kind === 'clickhouse' ? clickhouseSource(system, table, options, now) : postgresSource(system, table, options, now);
}

async function openManifest({ config, exports }: System, table: ExportName, { folder, format }: ExportOptions): Promise<ExportManifest> {
  const [name, wanted] = [manifestName(table), { table, format, namespace: config.namespace }];
  const text = await exports.readText(folder, name);
  return text === null ? emptyManifest(table, format, config.namespace) : readManifest(text, `${folder}/${name}`, wanted);
}

/** @throws ImpactError `conflict` when the folder holds another format or installation under this table's name */
export async function exportTable(system: System, name: ExportName, options: ExportOptions, run: Exporting): Promise<ExportResult> {
  const { exports } = system;
  const { folder, format } = options;
  const source = await sourceOf(system, name, options, run.now());
  let manifest = withColumns(await openManifest(system, name, options), columnsText(source.fields));
  await exports.writeText(folder, schemaName(name), schemaText(source.fields));
  const stamps = (await source.stamps()).map((one) => ({ ...one, rows: Number(one.rows) }));
  const range = { from: dayOf(source.range.from), to: dayOf(Math.max(source.range.from, source.range.to)) };
  const { write, remove } = dueDays(manifest, stamps, range, options.all);
  const keep = async (next: ExportManifest): Promise<void> => {
    manifest = next;
    await exports.writeText(folder, manifestName(name), `${JSON.stringify(manifest, null, 1)}\n`);
  };
  const result = { table: name, days: write.length, unchanged: stamps.length - write.length, removed: remove.length, rows: 0, bytes: 0 };
  for (const { day, stamp, rows } of write) {
    run.signal.throwIfAborted();
    run.onDay(`${name} ${day}`);
    const written = await source.withRows(day, (bytes) => exports.write(folder, exportPath(name, day, format), bytes, format));
    await keep(withDay(manifest, day, { stamp, rows, ...written, exportedAt: new Date(run.now()).toISOString() }));
    result.rows += rows;
    result.bytes += written.bytes;
  }
  for (const day of remove) {
    await exports.remove(folder, exportPath(name, day, format));
    await keep(withDay(manifest, day, null));
  }
  return result;
}
