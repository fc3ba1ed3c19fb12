/**
 * Postgres tables out as text and back. A row is a JSON array of its columns as Postgres writes them (what COPY writes too), so every type
 * comes back as it was, and no other program is needed.
 */
import type { BackupColumn } from '../domain/backup.ts';

export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

export type StoredTable = { table: string; columns: BackupColumn[] };

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const list = (columns: readonly BackupColumn[]): string => columns.map(({ name }) => quoted(name)).join(', ');

/** The tables of this installation's schema with their columns; what Postgres computes itself is left out. */
export async function storedTables(database: Database): Promise<StoredTable[]> {
  return database.query<StoredTable>(
    `SELECT c.relname AS table, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('migrations', 'restores', 'roi_feature_totals', 'operating_cost_totals')
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname`,
  );
}

/** [table, table that it refers to] */
export async function references(database: Database): Promise<[string, string][]> {
  const rows = await database.query<{ from: string; to: string }>(
    `SELECT f.relname AS from, t.relname AS to FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace`,
  );
  return rows.map(({ from, to }) => [from, to]);
}

export const appliedMigrations = async (database: Database): Promise<string[]> =>
  (await database.query<{ name: string }>('SELECT name FROM migrations ORDER BY name')).map(({ name }) => name);

/** Whether this installation's tables were there at a moment (ms since 1970), or have been made since. */
export async function installedBefore(database: Database, at: number): Promise<boolean> {
  const [row] = await database.query<{ before: boolean }>('SELECT min(applied_at) <= $1 AS before FROM migrations', [new Date(at)]);
  return row?.before ?? false;
}

const ROWS_AT_ONCE = 2_000;

/** The table's rows, some at a time: what is held in memory does not grow with the table. Must run inside of a transaction. */
export async function* tableRows(database: Database, { table, columns }: StoredTable): AsyncGenerator<string[]> {
  const texts = columns.map(({ name }) => `${quoted(name)}::text`).join(', ');
  await database.query(
    `DECLARE backup_rows NO SCROLL CURSOR FOR SELECT to_json(ARRAY[${texts}]::text[])::text AS line FROM ${quoted(table)}`,
  );
  for (;;) {
    const rows = await database.query<{ line: string }>(`FETCH ${ROWS_AT_ONCE} FROM backup_rows`);
    if (rows.length === 0) break;
    yield rows.map(({ line }) => line);
  }
  await database.query('CLOSE backup_rows');
}

/** Stores rows that `tableRows` has read; columns that the table has got since have their defaults. */
export async function storeRows(database: Database, { table, columns }: StoredTable, lines: readonly string[]): Promise<void> {
  const values = columns.map(({ type }, n) => `(line->>${n})::${type}`).join(', ');
  await database.query(
    `INSERT INTO ${quoted(table)} (${list(columns)}) OVERRIDING SYSTEM VALUE
SELECT ${values} FROM (SELECT text::json AS line FROM unnest($1::text[]) AS text) AS given`,
    [lines],
  );
}

/** Empties these tables. Their own triggers sleep until `wakeTriggers`: a row is to come back as it was, and not as a new one. */
export async function emptyTables(database: Database, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  await database.query(`TRUNCATE ${tables.map(quoted).join(', ')} CASCADE`);
  for (const table of tables) await database.query(`ALTER TABLE ${quoted(table)} DISABLE TRIGGER USER`);
}

/** Sets the counters of the tables behind what they hold, and wakes the triggers. */
export async function settleTables(database: Database, tables: readonly string[]): Promise<void> {
  for (const table of tables) await database.query(`ALTER TABLE ${quoted(table)} ENABLE TRIGGER USER`);
  const counters = await database.query<{ table: string; column: string; sequence: string }>(
    `SELECT c.relname AS table, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname = ANY($1) AND c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL`,
    [tables],
  );
  for (const { table, column, sequence } of counters)
    await database.query(`SELECT setval($1, coalesce(max(${quoted(column)}), 1), count(*) > 0) FROM ${quoted(table)}`, [sequence]);
}

/** A replay that was under way when the backup was made has lost what it had built. */
export const cancelReplays = async (database: Database): Promise<void> =>
  void (await database.query(`UPDATE replays SET state = 'cancelled', updated_at = now() WHERE state = 'building'`));

/** How many rows a table has. */
export async function rowsIn(database: Database, table: string): Promise<number> {
  const [row] = await database.query<{ n: number }>(`SELECT count(*) AS n FROM ${quoted(table)}`);
  return Number(row?.n ?? 0);
}

/** One backup or restore of an installation at a time. @returns whether it is this session's turn */
export async function claimBackups(session: Database): Promise<boolean> {
  const [row] = await session.query<{ claimed: boolean }>(
    `SELECT pg_try_advisory_lock(hashtext(current_schema() || '.backup')) AS claimed`,
  );
  return row?.claimed ?? false;
}

/** The restore that has begun and not ended; null when there is none. */
export async function unfinishedRestore(database: Database): Promise<{ backup: string; startedAt: Date } | null> {
  const [row] = await database.query<{ backup: string; startedAt: Date }>(
    'SELECT backup, started_at AS "startedAt" FROM restores WHERE finished_at IS NULL ORDER BY started_at DESC LIMIT 1',
  );
  return row ?? null;
}

export async function beginRestore(database: Database, backup: string): Promise<void> {
  await database.query('INSERT INTO restores (backup) VALUES ($1)', [backup]);
}

export async function endRestore(database: Database): Promise<void> {
  await database.query('UPDATE restores SET finished_at = now() WHERE finished_at IS NULL');
}
