/** Postgres: a pool, transactions, migrations. Every statement is parameterised; nothing here builds SQL from values. */
import { readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import pg from 'pg';
import type { Config } from '../config.ts';
import { databaseName } from '../domain/names.ts';

export type Postgres = {
  query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Runs `work` in one transaction; any error rolls it back and is thrown on. */
  transaction<T>(work: (sql: Pick<Postgres, 'query'>) => Promise<T>): Promise<T>;
  /** One connection of its own, for session-level locks. `release` closes it. */
  session(): Promise<Pick<Postgres, 'query'> & { release(): void }>;
  close(): Promise<void>;
};

const BASE_SCHEMA = 'impact';

/** Numbers of 64 bits come as numbers where they are exact, else as text; timestamps as Date; numeric as text. */
const int8 = (value: string): number | string => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
pg.types.setTypeParser(pg.types.builtins.INT8, int8);
/** A date is a date, not the midnight of some zone. */
pg.types.setTypeParser(pg.types.builtins.DATE, (value) => value);

const asQuery =
  (client: pg.Pool | pg.ClientBase) =>
  async <Row extends object>(text: string, params: readonly unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(text, [...params])).rows;

async function inTransaction<T>(pool: pg.Pool, work: (sql: Pick<Postgres, 'query'>) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work({ query: asQuery(client) });
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // A connection that cannot even roll back is not put back into the pool.
    await client.query('ROLLBACK').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    );
    throw error;
  }
}

/** Modes that pg takes for verify-full, and warns that it will not for ever. */
const verifying = new Set(['require', 'verify-ca', 'verify-full']);

/** An authority turns TLS on. pg reads all of it from the URL, and what stands there wins over its other options. */
function withTls({ databaseUrl, databaseCaFile }: Pick<Config, 'databaseUrl' | 'databaseCaFile'>): string {
  const url = new URL(databaseUrl);
  if (databaseCaFile !== '') url.searchParams.set('sslrootcert', databaseCaFile);
  if (databaseCaFile !== '' || verifying.has(url.searchParams.get('sslmode') ?? '')) url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}

/** pg forgets a connection that fails in the middle of signing in, without closing it: the server would hold it, and us, for a minute. */
function knownSockets(): { open: () => Socket; close: () => void } {
  const sockets = new Set<Socket>();
  return {
    open() {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A pool whose search path is this installation's schema. Broken connections are replaced silently. */
export function createPostgres(config: Pick<Config, 'databaseUrl' | 'databaseCaFile' | 'namespace'>): Postgres {
  const schema = databaseName(config.namespace, BASE_SCHEMA);
  const sockets = knownSockets();
  const pool = new pg.Pool({
    stream: sockets.open,
    connectionString: withTls(config),
    max: 10,
    connectionTimeoutMillis: 5000,
    options: `-c search_path=${schema},public -c timezone=UTC`,
  });
  pool.on('error', () => {});
  // One that is in use when the server goes fails its queries; unheard, its error would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    query: asQuery(pool),
    transaction: (work) => inTransaction(pool, work),
    async session() {
      const client = await pool.connect();
      return { query: asQuery(client), release: () => client.release(true) };
    },
    close: () => pool.end().finally(sockets.close),
  };
}

const migrationsFolder = new URL('../../schemas/postgres/', import.meta.url);

function migrations(): { name: string; text: string }[] {
  return readdirSync(migrationsFolder)
    .filter((name) => /^\d{3}_.*\.sql$/.test(name))
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(name, migrationsFolder), 'utf8') }));
}

const appliedTo = async (sql: Pick<Postgres, 'query'>): Promise<Set<string>> =>
  new Set((await sql.query<{ name: string }>('SELECT name FROM migrations')).map(({ name }) => name));

/** The names of the migrations that were never applied. @throws when none ever was: there is no schema then */
export async function missingInPostgres(postgres: Pick<Postgres, 'query'>): Promise<string[]> {
  const applied = await appliedTo(postgres);
  return migrations().flatMap(({ name }) => (applied.has(name) ? [] : [name]));
}

/**
 * Brings the schema up to date. Safe to run from several processes at once: one holds the lock, the others find nothing left to do.
 * @returns the names of the migrations that were applied now
 */
export async function migratePostgres(postgres: Postgres, config: Pick<Config, 'namespace'>): Promise<string[]> {
  const schema = databaseName(config.namespace, BASE_SCHEMA);
  return postgres.transaction(async (sql) => {
    await sql.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`${schema}.migrations`]);
    await sql.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`);
    await sql.query('CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())');
    const applied = await appliedTo(sql);
    const due = migrations().filter(({ name }) => !applied.has(name));
    for (const { name, text } of due) {
      await sql.query(text);
      await sql.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    }
    return due.map(({ name }) => name);
  });
}
