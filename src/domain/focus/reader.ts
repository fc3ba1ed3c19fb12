/** The cells of a FOCUS row as text, decimals, moments and tags; what is none of these is noted as a fault of its column. */
import { Decimal } from 'decimal.js';
import type { Problem } from '../errors.ts';
import { EARLIEST_MS } from '../fields.ts';
import { shownValue } from '../validate.ts';

/** Values by column; text from a CSV file, text or numbers from JSON. */
export type FocusRow = Readonly<Record<string, unknown>>;

/** Enough digits for any product of an amount and a rate. */
export const Exact = Decimal.clone({ precision: 60, toExpNeg: -60, toExpPos: 60 });
const decimalPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const timePattern = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;

/** A cell as text; '' where nothing is stated. */
export const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value).trim());

/** Reads one row and gathers its faults. */
export class FocusReader {
  readonly row: FocusRow;
  readonly problems: Problem[] = [];

  constructor(row: FocusRow) {
    this.row = row;
  }

  text(column: string): string {
    return textOf(this.row[column]);
  }

  fault(column: string, expected: string): void {
    this.problems.push({ field: column, value: shownValue(this.row[column]), expected });
  }

  decimal(column: string): Decimal | null {
    const text = this.text(column);
    if (text === '') return null;
    if (decimalPattern.test(text)) return new Exact(text);
    this.fault(column, 'a decimal, for example 12.34 or -0.5');
    return null;
  }

  moment(column: string): number | null {
    const text = this.text(column);
    if (text === '') return null;
    const at = timePattern.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
    if (at >= EARLIEST_MS) return at;
    this.fault(column, 'a moment from 2000 on with its zone, for example 2026-01-01T00:00:00Z');
    return null;
  }

  tags(): Readonly<Record<string, unknown>> {
    const value = this.row['Tags'];
    if (textOf(value) === '') return {};
    const parsed = typeof value === 'string' ? objectOf(value) : value;
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
    this.fault('Tags', 'a JSON object, for example {"feature":"ai_coaching","tenant":"acme"}');
    return {};
  }
}

function objectOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
