/** Days of Postgres' tables for a warehouse. */
import type { DayStamp } from '../domain/export.ts';
import type { PostgresExport } from '../domain/export-tables.ts';

export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };
export type TableColumn = { name: string; type: string; isNullable: boolean };

/** The columns, computed ones included. */
export const tableColumns = (database: Database, table: string): Promise<TableColumn[]> =>
  database.query(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS "isNullable" FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );

/** @param range business days, `to` not part of it */
export const dayStamps = (database: Database, { from, day }: PostgresExport, range: { from: string; to: string }): Promise<DayStamp[]> =>
  database.query(
    `SELECT ${day}::text AS day, count(*) AS rows, md5(string_agg(md5(one::text), '' ORDER BY md5(one::text))) AS stamp
FROM ${from} AS one WHERE ${day} >= $1 AND ${day} < $2 GROUP BY ${day} ORDER BY ${day}`,
    [range.from, range.to],
  );

/** Truth stays as it is: ClickHouse knows no text for it. */
const textOf = ({ name, type }: TableColumn): string => {
  if (type === 'boolean') return `"${name}"`;
  return /^timestamp/.test(type) ? `to_char("${name}" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')` : `"${name}"::text`;
};

/** The rows of a day, values as text. */
export async function dayRows(
  database: Database,
  { from, day }: PostgresExport,
  columns: readonly TableColumn[],
  at: string,
): Promise<Record<string, string | boolean | null>[]> {
  const list = columns.map((column) => `${textOf(column)} AS "${column.name}"`).join(', ');
  return database.query(`SELECT ${list} FROM ${from} WHERE ${day} = $1 ORDER BY ${columns.map((_, n) => n + 1).join(', ')}`, [at]);
}
