/** Raw events out to Parquet and back: every column as it is stored, so that the same rows come back. */
import type { ArchivedColumn, ArchiveScope, TimeRange } from '../domain/archive.ts';
import { secondsOf } from './rollup.ts';
import type { Statement } from './statement.ts';

/** The columns of `events` that hold data, as the table has them now. */
export function eventColumns(): Statement<ArchivedColumn> {
  return {
    text: `SELECT name, type FROM system.columns
  WHERE database = currentDatabase() AND table = 'events' AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position`,
    params: {},
  };
}

type Condition = { text: string; params: Record<string, unknown> };

function inScope({ tenant, feature }: ArchiveScope): Condition {
  return {
    text: `${tenant === null ? '' : ' AND tenant = {tenant:String}'}${feature === null ? '' : ' AND feature = {feature:String}'}`,
    params: { ...(tenant === null ? {} : { tenant }), ...(feature === null ? {} : { feature }) },
  };
}

function within(range: TimeRange, scope: ArchiveScope): Condition {
  const { text, params } = inScope(scope);
  return {
    text: `minute >= toDateTime({from:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, 'UTC')${text}`,
    params: { ...params, from: secondsOf(range.from), to: secondsOf(range.to) },
  };
}

/** Rows of each minute that has any; `at` is its begin, milliseconds since 1970. Rows that a merge will remove are counted as well. */
export function minuteCounts(range: TimeRange, scope: ArchiveScope): Statement<{ at: number; rows: number }> {
  const { text, params } = within(range, scope);
  return {
    text: `SELECT toUnixTimestamp(minute) * 1000 AS at, count() AS rows FROM events WHERE ${text} GROUP BY minute ORDER BY minute`,
    params,
  };
}

const names = (columns: readonly ArchivedColumn[]): string => columns.map(({ name }) => `\`${name}\``).join(', ');

/**
 * The events of a range in the order of the table, each in its newest revision, retracted ones included. Small row groups keep small what a
 * reader must hold of them; a bloom filter over ids would only make the file larger.
 */
export function archivedEvents(columns: readonly ArchivedColumn[], range: TimeRange, scope: ArchiveScope): Statement<never> {
  const { text, params } = within(range, scope);
  return {
    text: `SELECT ${names(columns)} FROM events FINAL WHERE ${text} ORDER BY tenant, feature, minute, event_id
  SETTINGS do_not_merge_across_partitions_select_final = 1, output_format_parquet_compression_method = 'zstd', output_format_parquet_row_group_size = 100000,
    output_format_parquet_string_as_string = 1, output_format_parquet_write_checksums = 1, output_format_parquet_write_bloom_filter = 0
  FORMAT Parquet`,
    params,
  };
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * Takes a file's rows, or those of a narrower scope. A column that the file does not have gets its default.
 * @param columns what the file has; the caller has made sure that the table has them too
 */
export function storeArchived(
  table: 'events' | 'replay_events',
  columns: readonly ArchivedColumn[],
  scope: ArchiveScope,
): Statement<never> {
  const { text, params } = inScope(scope);
  const structure = quoted(columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', '));
  return {
    text: `INSERT INTO ${table} (${names(columns)}) SELECT ${names(columns)} FROM input(${structure}) WHERE 1${text}
  SETTINGS input_format_parquet_allow_missing_columns = 0, input_format_parquet_verify_checksums = 1 FORMAT Parquet`,
    params,
  };
}
