/** Rows for people (a table) and for programs (JSON, CSV). */
import Table from 'cli-table3';

export const formats = ['table', 'json', 'csv'] as const;
export type Format = (typeof formats)[number];

export type Row = Record<string, unknown>;

/** How one column looks: its heading, and how its values become text. Numbers stand to the right. */
export type Column = { key: string; title?: string; align?: 'left' | 'right'; show?: (value: unknown, row: Row) => string };

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

const alignmentOf = (column: Column, rows: readonly Row[]): 'left' | 'right' =>
  column.align ??
  (rows.length > 0 && rows.every((row) => typeof row[column.key] === 'number' || row[column.key] === null) ? 'right' : 'left');

/** Only horizontal space and one rule below the heading: less ink, and it can be copied. */
const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

function table(rows: readonly Row[], columns: readonly Column[]): string {
  const colAligns = columns.map((column) => alignmentOf(column, rows));
  const head = columns.map((column) => column.title ?? column.key.replaceAll('_', ' '));
  const made = new Table({ chars: plain, colAligns, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } });
  const body = rows.map((row) => columns.map(({ key, show }) => (show ?? tableCell)(row[key], row)));
  made.push(head, ...body);
  const lines = made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const rule = '─'.repeat(Math.max(...lines.map((line) => visibleWidth(line))));
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** Width without the escape sequences of colours. */
export function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}

/** The line, or as much of it as fits, with colours switched off at the cut. */
export function cutTo(line: string, columns: number): string {
  if (visibleWidth(line) <= columns) return line;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  const pieces = line.match(/\u001b\[[0-9;]*m|./gu) ?? [];
  let [cut, width] = ['', 0];
  for (const piece of pieces) {
    if (piece.length > 2) cut += piece;
    else if (width < columns - 1) [cut, width] = [cut + piece, width + 1];
  }
  return `${cut}…`;
}

const csv = (rows: readonly Row[], columns: readonly Column[]): string =>
  [columns.map(({ key }) => csvCell(key)), ...rows.map((row) => columns.map(({ key }) => csvCell(row[key])))]
    .map((line) => line.join(','))
    .join('\n');

/**
 * @param columns which keys of the rows, in which order; all of the first row's when left out. JSON always has all.
 * @returns text without a final newline; "(none)" for an empty table
 */
export function renderRows(rows: readonly Row[], format: Format, columns: readonly Column[] = columnsOf(rows)): string {
  if (format === 'json') return JSON.stringify(rows, null, 2);
  if (format === 'csv') return csv(rows, columns);
  return rows.length === 0 ? '(none)' : table(rows, columns);
}
