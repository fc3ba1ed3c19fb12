/** Arrays and maps. */
import type { Column } from './column.ts';
import { Int64Column } from './fixed.ts';

/**
 * Lists whose items are rows of `parts`: one part for an Array, keys and values for a Map. `alike`: another column with as many items in each
 * row, added to the block before this one; the ends are kept once then, and its `close` ends the rows of both.
 */
export class ListColumn implements Column {
  readonly type: string;
  private readonly parts: readonly Column[];
  private readonly ends: Int64Column;

  constructor(type: string, parts: readonly Column[], alike?: ListColumn) {
    this.type = type;
    this.parts = parts;
    this.ends = alike?.ends ?? new Int64Column('UInt64');
  }

  get rows(): number {
    return this.ends.rows;
  }

  private get items(): number {
    return this.parts[0]?.rows ?? 0;
  }

  /** Ends a row: its items have been added to the parts. */
  close(): void {
    this.ends.add(this.items);
  }

  private endOf(row: number): number {
    return row === 0 ? 0 : this.ends.get(row - 1);
  }

  prefix(): Buffer[] {
    return this.parts.flatMap((part) => part.prefix());
  }

  /** ClickHouse counts a list's end from the first row of the block. */
  private endsFrom(from: number, to: number): Buffer[] {
    if (from === 0) return this.ends.chunks(0, to);
    const shifted = new Int64Column('UInt64');
    for (let row = from; row < to; row++) shifted.add(this.ends.get(row) - this.endOf(from));
    return shifted.chunks(0, to - from);
  }

  chunks(from: number, to: number): Buffer[] {
    const [first, last] = [this.endOf(from), this.endOf(to)];
    return [...this.endsFrom(from, to), ...this.parts.flatMap((part) => part.chunks(first, last))];
  }

  truncate(rows: number): void {
    for (const part of this.parts) part.truncate(this.endOf(rows));
    this.ends.truncate(rows);
  }
}
