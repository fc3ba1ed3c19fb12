/** A whole FOCUS dataset, CSV or JSON rows: every row becomes a charge, or a fault that names its line and column. */
import type { Charge } from '../cost/charge.ts';
import { parseCsv } from '../csv.ts';
import type { Problem } from '../errors.ts';
import { shownValue } from '../validate.ts';
import { focusRequired, isFocusColumn } from './columns.ts';
import type { FocusRow } from './reader.ts';
import { type CostRules, chargeOfRow } from './row.ts';

/** Where a row stands, as people count: "line 17", or "rows.3" in JSON. */
export type PlacedRow = { place: string; row: FocusRow };
export type ReadRows = { rows: PlacedRow[]; problems: Problem[] };

/** `places[i]` is where `charges[i]` stands. */
export type ReadCharges = { charges: Charge[]; places: string[]; problems: Problem[] };

function headProblems(columns: readonly string[]): Problem[] {
  const missing = focusRequired.filter((column) => !columns.includes(column));
  const strange = columns.filter((column) => !isFocusColumn(column));
  const twice = columns.filter((column, index) => columns.indexOf(column) !== index);
  return [
    ...missing.map((column) => ({ field: 'line 1', value: '(missing)', expected: `a column ${column}` })),
    ...strange.map((column) => ({
      field: 'line 1',
      value: shownValue(column),
      expected: 'a column of FOCUS 1.2, or a custom one whose name begins with x_',
    })),
    ...twice.map((column) => ({ field: 'line 1', value: shownValue(column), expected: 'each column once' })),
  ];
}

/** The rows of a CSV text whose first line names the columns. An empty cell states nothing. */
export function focusRowsOfCsv(text: string): ReadRows {
  const [head, ...body] = parseCsv(text);
  if (head === undefined) return { rows: [], problems: [{ field: 'line 1', value: '(nothing)', expected: 'the names of the columns' }] };
  const columns = head.cells.map((cell) => cell.trim());
  const problems = headProblems(columns);
  if (problems.length > 0) return { rows: [], problems };
  const rows: PlacedRow[] = [];
  for (const { line, cells } of body) {
    if (cells.length !== columns.length)
      problems.push({
        field: `line ${line}`,
        value: `${cells.length} cells`,
        expected: `${columns.length} cells, as many as line 1 names`,
      });
    else rows.push({ place: `line ${line}`, row: Object.fromEntries(columns.map((column, index) => [column, cells[index]])) });
  }
  return { rows, problems };
}

/** The rows of parsed JSON. */
export function focusRowsOfJson(value: unknown): ReadRows {
  if (!Array.isArray(value))
    return { rows: [], problems: [{ field: 'rows', value: shownValue(value), expected: 'an array of FOCUS rows' }] };
  const isRow = (row: unknown): row is FocusRow => typeof row === 'object' && row !== null && !Array.isArray(row);
  const placed = value.map((row: unknown, index) => ({ place: `rows.${index}`, row }));
  return {
    rows: placed.filter((one): one is PlacedRow => isRow(one.row)),
    problems: placed
      .filter(({ row }) => !isRow(row))
      .map(({ place, row }) => ({ field: place, value: shownValue(row), expected: 'an object with FOCUS columns' })),
  };
}

/**
 * The charges of all rows. Rows that differ in nothing but amounts are told apart by their order, so the same file read again gives the same charges.
 */
export function chargesOfRows(read: ReadRows, rules: CostRules): ReadCharges {
  const seen = new Map<string, number>();
  const result: ReadCharges = { charges: [], places: [], problems: [...read.problems] };
  for (const { place, row } of read.rows) {
    const one = chargeOfRow(row, rules);
    if (!one.ok) {
      result.problems.push(
        ...one.problems.map((problem) => ({ ...problem, field: `${place}${place.startsWith('line') ? ', ' : '.'}${problem.field}` })),
      );
      continue;
    }
    const count = (seen.get(one.charge.identity) ?? 0) + 1;
    seen.set(one.charge.identity, count);
    result.charges.push({ ...one.charge, identity: `${count} ${one.charge.identity}` });
    result.places.push(place);
  }
  return result;
}
