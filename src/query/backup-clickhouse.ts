/** ClickHouse tables out and back in its own format, which keeps aggregate states and wide integers as they are. */
import type { ActiveEpoch, BackupColumn } from '../domain/backup.ts';
import type { Statement } from './statement.ts';

/**
 * Every table that holds rows. In a cluster they hold them in the shards' own database, and are asked by the same name over all shards; tables
 * over views, which are there as well, hold none.
 */
export function storedTables(): Statement<{ table: string }> {
  return {
    text: `SELECT DISTINCT name AS table FROM system.tables
WHERE database IN (currentDatabase(), concat(currentDatabase(), '_shard')) AND engine LIKE '%MergeTree' ORDER BY name`,
    params: {},
  };
}

export function columnsOf(table: string): Statement<BackupColumn> {
  return {
    text: `SELECT name, type FROM system.columns
WHERE database = currentDatabase() AND table = {table:String} AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position`,
    params: { table },
  };
}

/** The partitions that have rows. */
export const partitionsOf = (table: string): Statement<{ id: string }> => ({
  text: `SELECT DISTINCT _partition_id AS id FROM ${table} ORDER BY id`,
  params: {},
});

const names = (columns: readonly BackupColumn[]): string => columns.map(({ name }) => `\`${name}\``).join(', ');

/** All rows of a partition, superseded ones included. */
export function partitionRows(table: string, columns: readonly BackupColumn[], partition: string): Statement<never> {
  return {
    text: `SELECT ${names(columns)} FROM ${table} WHERE _partition_id = {partition:String} FORMAT Native`,
    params: { partition },
  };
}

export const storeRows = (table: string, columns: readonly BackupColumn[]): Statement<never> => ({
  text: `INSERT INTO ${table} (${names(columns)}) FORMAT Native`,
  params: {},
});

/** What readers see of each day that was ever replayed. */
export function activeEpochs(): Statement<ActiveEpoch> {
  return { text: 'SELECT tenant, toString(day) AS day, active FROM epochs FINAL WHERE active > 0 ORDER BY tenant, day', params: {} };
}

/** Generations that were being built are given up; their numbers are not used again. */
export function abandonBuilding(): Statement<never> {
  return {
    text: 'INSERT INTO epochs SELECT tenant, day, active, 0 AS building, highest, version + 1 AS version FROM epochs FINAL WHERE building > 0',
    params: {},
  };
}

export const rowCount = (table: string): Statement<{ n: number }> => ({ text: `SELECT toFloat64(count()) AS n FROM ${table}`, params: {} });

/** UTC days that have events which were stored at or after a moment (ms): their rollups were read before the events. */
export function daysInMotion(since: number): Statement<{ day: string }> {
  return {
    text: `SELECT DISTINCT toString(toDate(minute)) AS day FROM events WHERE stored_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') ORDER BY day`,
    params: { since },
  };
}
