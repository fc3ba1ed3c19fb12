/** Days of ClickHouse's tables as files for a warehouse, and what each day holds. */
import type { DayStamp, ExportFormat } from '../domain/export.ts';
import type { ClickHouseExport } from '../domain/export-tables.ts';
import { secondsOf } from './rollup.ts';
import type { Statement } from './statement.ts';

type Range = { from: number; to: number };

const within = (column: string): string => `${column} >= toDateTime({from:UInt32}, 'UTC') AND ${column} < toDateTime({to:UInt32}, 'UTC')`;
const paramsOf = ({ from, to }: Range): Record<string, number> => ({ from: secondsOf(from), to: secondsOf(to) });

/** Of each UTC day in the range that has rows: how many, and a text that changes when any of them does. */
export function dayStamps({ from, day, bucket, identity }: ClickHouseExport, range: Range): Statement<DayStamp> {
  return {
    text: `SELECT toString(${day}) AS day, toFloat64(count()) AS rows, concat(toString(count()), '-', lower(hex(groupBitXor(cityHash64(${identity}))))) AS stamp
FROM ${from} AS one WHERE ${within(`one.${bucket}`)} GROUP BY day ORDER BY day`,
    params: paramsOf(range),
  };
}

/** Plain types, small row groups, lists as the format's standard says. */
const parquet = `SETTINGS output_format_parquet_compression_method = 'zstd', output_format_parquet_row_group_size = 100000, output_format_parquet_string_as_string = 1,
  output_format_parquet_compliant_nested_types = 1, output_format_parquet_write_bloom_filter = 0
FORMAT Parquet`;
/** Records as objects, and what JSON has no number for as null. */
const jsonl = `SETTINGS output_format_json_named_tuples_as_objects = 1, output_format_json_quote_denormals = 0
FORMAT JSONEachRow`;

export const formatClause: Record<ExportFormat, string> = { parquet, jsonl };

/** The rows of a day. */
export function dayRows({ rows, order, bucket, columns }: ClickHouseExport, range: Range, format: ExportFormat): Statement<never> {
  const list = columns.map(({ name, sql }) => `${sql} AS out_${name}`).join(',\n  ');
  const names = columns.map(({ name }) => `out_${name} AS ${name}`).join(', ');
  // Names of the result are kept apart from those of the table: ClickHouse would take the one for the other.
  return {
    text: `SELECT ${names} FROM (
SELECT ${list}
FROM ${rows.replace('{within}', within(bucket))}
ORDER BY ${order}
)
${formatClause[format]}`,
    params: paramsOf(range),
  };
}

/** A table for the rows of one day of another database, on their way into a file. */
export const createPassage = (table: string, columns: readonly { name: string; type: string }[]): Statement<never> => ({
  text: `CREATE TABLE ${table} (${columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ')}) ENGINE = Memory`,
  params: {},
});
export const dropPassage = (table: string): Statement<never> => ({ text: `DROP TABLE IF EXISTS ${table} SYNC`, params: {} });
export const passageRows = (table: string, columns: readonly { name: string }[], format: ExportFormat): Statement<never> => ({
  text: `SELECT ${columns.map(({ name }) => `\`${name}\``).join(', ')} FROM ${table} ${formatClause[format]}`,
  params: {},
});
