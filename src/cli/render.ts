/** Rows for people (a table) and for programs (JSON, CSV). */
import { type Alignment, table } from './table.ts';

export const formats = ['table', 'json', 'csv'] as const;
export type Format = (typeof formats)[number];

export type Row = Record<string, unknown>;

/** How one column looks: its heading, and how its values become text. Numbers stand to the right. */
export type Column = { key: string; title?: string; align?: Alignment; show?: (value: unknown, row: Row) => string };

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** People read six digits; JSON and CSV have all. */
const tableCell = (value: unknown): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : cell(value);

const csvCell = (value: unknown): string => {
  const text = cell(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const columnsOf = (rows: readonly Row[]): Column[] => Object.keys(rows[0] ?? {}).map((key) => ({ key }));

const alignmentOf = (column: Column, rows: readonly Row[]): Alignment =>
  column.align ??
  (rows.length > 0 && rows.every((row) => typeof row[column.key] === 'number' || row[column.key] === null) ? 'right' : 'left');

function tableOf(rows: readonly Row[], columns: readonly Column[], width: number): string {
  const head = columns.map((column) => column.title ?? column.key.replaceAll('_', ' '));
  const body = rows.map((row) => columns.map(({ key, show }) => (show ?? tableCell)(row[key], row)));
  return table(
    head,
    body,
    columns.map((column) => alignmentOf(column, rows)),
    width,
  );
}

const csv = (rows: readonly Row[], columns: readonly Column[]): string =>
  [columns.map(({ key }) => csvCell(key)), ...rows.map((row) => columns.map(({ key }) => csvCell(row[key])))]
    .map((line) => line.join(','))
    .join('\n');

/** A document for programs, without a final newline. */
export const jsonText = (document: unknown): string => JSON.stringify(document, null, 2);

/**
 * @param columns which keys of the rows, in which order; all of the first row's when left out. JSON always has all.
 * @param width columns of the terminal that a table must fit
 * @returns text without a final newline; "(none)" for an empty table
 */
export function renderRows(
  rows: readonly Row[],
  format: Format,
  columns: readonly Column[] = columnsOf(rows),
  width = Number.POSITIVE_INFINITY,
): string {
  if (format === 'json') return jsonText(rows);
  if (format === 'csv') return csv(rows, columns);
  return rows.length === 0 ? '(none)' : tableOf(rows, columns, width);
}
