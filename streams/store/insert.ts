/** Raw rows into ClickHouse. A refused batch is halved until the bad rows stand alone, so that one bad row costs one row. */
import { ImpactError } from '../../src/domain/errors.ts';
import { originOf, type RowOrigin, type StoreBatch } from './batch.ts';
import { eventColumns, nativeRows, rowsOf } from './row.ts';

export type Insert = (table: string, columns: readonly string[], chunks: readonly Uint8Array[]) => Promise<void>;

/** One row that ClickHouse refuses, and why. */
export type RefusedRow = { origin: RowOrigin; reason: string };

/** More rows were refused than may be dead-lettered: the table or we are wrong, not the rows. `rows` are those found so far. */
export class TooManyRefused extends Error {
  readonly rows: readonly RefusedRow[];

  constructor(rows: readonly RefusedRow[]) {
    super(`clickhouse refuses too many rows: ${rows.at(-1)?.reason ?? ''}`);
    this.name = 'TooManyRefused';
    this.rows = rows;
  }
}

/** Told of every row in order; `refusedRow` says when to stop. */
export type RefusalLimit = { insertedRows(count: number): void; refusedRow(): boolean };

const isRefusal = (error: unknown): error is ImpactError => error instanceof ImpactError && error.code === 'unprocessable';

/**
 * Inserts all rows but the refused ones, which it returns.
 * @param insert throws ImpactError `unprocessable` when the data is refused; anything else it throws passes through
 * @throws TooManyRefused when the limit says stop
 */
export async function insertRaw(batch: StoreBatch, insert: Insert, limit: RefusalLimit): Promise<RefusedRow[]> {
  const refused: RefusedRow[] = [];
  const rows = rowsOf(batch.block);
  const alone = (row: number, reason: string): void => {
    refused.push({ origin: originOf(batch, row), reason });
    if (limit.refusedRow()) throw new TooManyRefused(refused);
  };
  const insertSome = async (from: number, to: number): Promise<void> => {
    try {
      await insert('events', eventColumns, nativeRows(batch.block, from, to));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (to - from === 1) return alone(from, error.message);
      const middle = (from + to) >>> 1;
      await insertSome(from, middle);
      return insertSome(middle, to);
    }
    limit.insertedRows(to - from);
  };
  if (rows > 0) await insertSome(0, rows);
  return refused;
}
