/** A question to ClickHouse: SQL with named parameters, and the type of the rows that answer it. */
export type Statement<Row> = {
  text: string;
  params: Record<string, unknown>;
  /** Never set: it carries the row's type from the builder to the caller. */
  readonly row?: Row;
};

/** What answers statements; the ClickHouse adapter does. */
export type Rows = { query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]> };

/** Runs a statement. Throws what the adapter throws. */
export function ask<Row>(clickhouse: Rows, statement: Statement<Row>): Promise<Row[]> {
  return clickhouse.query<Row>(statement.text, statement.params);
}
