/** A column of a block in ClickHouse's Native format. */

/** `prefix` comes before everything else of a column, also of the column that it is nested in. */
export interface Column {
  readonly type: string;
  readonly rows: number;
  prefix(): Buffer[];
  /** The bytes of some rows; they stay valid until the next write. */
  chunks(from: number, to: number): Buffer[];
  /** Forgets all rows from `rows` on. */
  truncate(rows: number): void;
}
