/** ClickHouse: questions, commands, native inserts. One client for each URL; in a cluster, one URL for each shard. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { Config } from '../config.ts';
import { clickHouseFault } from '../domain/clickhouse-fault.ts';
import { localDatabase } from '../domain/ddl.ts';
import { ImpactError } from '../domain/errors.ts';
import { databaseName } from '../domain/names.ts';

export type Params = Record<string, unknown>;

export type ClickHouse = {
  /** Name of the database that unqualified tables are looked up in. */
  readonly database: string;
  /**
   * Rows as objects: integers up to 64 bits are numbers (exact below 2^53), wider ones and decimals are text, a DateTime is ISO 8601 in UTC.
   * Throws like `command`.
   */
  query<Row>(text: string, params?: Params): Promise<Row[]>;
  /**
   * Runs a statement for its effect. A parameter may have up to 128 KiB, ClickHouse's limit.
   * Throws ImpactError `unprocessable` when ClickHouse refuses the data itself, `internal` when it refuses the statement, `unavailable` for
   * everything that waiting or an operator can mend.
   */
  command(text: string, params?: Params): Promise<void>;
  /** The same on every shard, where an unqualified table is the shard's own; on a single server, once. */
  commandEverywhere(text: string, params?: Params): Promise<void>;
  /** Rows as objects (JSONEachRow). */
  insertRows(table: string, rows: readonly object[]): Promise<void>;
  /** Rows as one block in Native, split over any number of buffers; of these columns. */
  insertNative(table: string, columns: readonly string[], chunks: readonly Uint8Array[]): Promise<void>;
  /** A question whose answer comes as bytes, in the format that the text names, and how many rows are in it. */
  queryBytes(text: string, params?: Params): Promise<{ bytes: Readable; rows: number }>;
  /** A command that reads bytes, in the format that its text names. Throws like `command`. */
  commandFrom(text: string, params: Params, bytes: Readable): Promise<void>;
  /** Creates the database where it is missing, and that of the shards' own tables. */
  ensureDatabase(): Promise<void>;
  /** Rejects with the reason when no server answers. */
  ping(): Promise<void>;
  /** The version of each server, by its URL; also of one that has not our database yet. */
  versions(): Promise<{ url: string; version: string }[]>;
  close(): Promise<void>;
};

/**
 * Retries are made safe by our row versions, so no deduplication window may swallow an insert; an insert is acknowledged when it is stored,
 * on every shard; and duplicates inside one block stay visible until a merge, so that conflicting payloads can be found.
 */
const pinned: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 0,
  optimize_on_insert: 0,
  insert_distributed_sync: 1,
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_decimals: 1,
  date_time_output_format: 'iso',
  // The status line must tell the truth: it is sent when the statement has ended.
  wait_end_of_query: 1,
};

const REQUEST_TIMEOUT_MS = 120_000;
/** A little less, so that ClickHouse says why and works on nothing that nobody waits for any more. */
const LONGEST_QUESTION_SECONDS = 110;

/**
 * At its third run a question's expressions would be compiled, which takes up to 600 ms: longer than most answers. Commands work on millions of
 * rows, for which that is soon made up.
 */
const asked: ClickHouseSettings = {
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  max_execution_time: LONGEST_QUESTION_SECONDS,
};

/** ClickHouse repeats the statement with all its parameters, of which there may be thousands. */
const MOST_CHARACTERS = 1000;

function classified(error: unknown, from: 'us' | 'file'): ImpactError {
  const whole = error instanceof Error ? error.message : String(error);
  const message = whole.length <= MOST_CHARACTERS ? whole : `${whole.slice(0, MOST_CHARACTERS)}…`;
  const code = error instanceof ClickHouseError ? error.code : null;
  return new ImpactError(clickHouseFault(code, from), `clickhouse: ${message}`, { cause: error });
}

async function guarded<T>(work: () => Promise<T>, from: 'us' | 'file' = 'us'): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ImpactError ? error : classified(error, from);
  }
}

function clientOf(config: Config, url: string, database: string): ClickHouseClient {
  return createClient({
    url,
    username: config.clickhouseUsername,
    password: config.clickhousePassword,
    database,
    application: 'impactstream',
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: 16,
    use_multipart_params_auto: true,
    clickhouse_settings: pinned,
    log: { level: ClickHouseLogLevel.OFF },
    ...(config.clickhouseCaFile === '' ? {} : { tls: { ca_cert: readFileSync(config.clickhouseCaFile) } }),
  });
}

/** What fits well into an address, in characters. */
const SHORT_PARAMS = 1000;

/** Only a question may carry its parameters in the body, so a command with many is put as one; not every command can be (DELETE knows no FORMAT). */
async function run(client: ClickHouseClient, sql: string, params: Params): Promise<void> {
  if (JSON.stringify(params).length <= SHORT_PARAMS) return void (await client.command({ query: sql, query_params: params }));
  const result = await client.query({ query: sql, query_params: params, format: 'JSONEachRow' });
  await result.text();
}

/** Its own connections, for a client that names a missing database is refused whatever it asks. */
async function onEachServer<T>(config: Config, work: (client: ClickHouseClient, url: string) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (const url of config.clickhouseUrl.split(',')) {
    const client = clientOf(config, url, 'default');
    done.push(await work(client, url).finally(() => client.close()));
  }
  return done;
}

async function createDatabases(config: Config, databases: readonly string[]): Promise<void> {
  await onEachServer(config, (client) =>
    Promise.all(databases.map((database) => client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` }))),
  );
}

async function versionOf(client: ClickHouseClient, url: string): Promise<{ url: string; version: string }> {
  const result = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
  const [row] = await result.json<{ version: string }>();
  return { url, version: row?.version ?? '' };
}

/** A client for the servers of the configuration. It connects with the first request. */
export function createClickHouse(config: Config): ClickHouse {
  const database = databaseName(config.namespace, config.clickhouseDatabase);
  const local = localDatabase({ database, cluster: config.clickhouseCluster });
  const shards = config.clickhouseUrl.split(',').map((url) => clientOf(config, url, local));
  const first = clientOf(config, config.clickhouseUrl.split(',')[0] ?? '', database);
  const all = [first, ...shards];
  return {
    database,
    query: (sql, params = {}) =>
      guarded(async () => {
        return (await first.query({ query: sql, query_params: params, format: 'JSONEachRow', clickhouse_settings: asked })).json();
      }),
    command: (sql, params = {}) => guarded(() => run(first, sql, params)),
    commandEverywhere: (sql, params = {}) =>
      guarded(async () => void (await Promise.all(shards.map((client) => run(client, sql, params))))),
    insertRows: (table, rows) =>
      guarded(async () => void (rows.length > 0 && (await first.insert({ table, values: [...rows], format: 'JSONEachRow' })))),
    insertNative: (table, columns, chunks) =>
      guarded(async () => {
        const values = Readable.from(chunks, { objectMode: false });
        const { stream } = await first.exec({ query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT Native`, values });
        await text(stream);
      }),
    queryBytes: (sql, params = {}) =>
      guarded(async () => {
        const { stream, summary } = await first.exec({ query: sql, query_params: params });
        return { bytes: stream, rows: Number(summary?.result_rows ?? 0) };
      }),
    commandFrom: (sql, params, values) =>
      guarded(async () => void (await text((await first.exec({ query: sql, query_params: params, values })).stream)), 'file'),
    ensureDatabase: () => guarded(() => createDatabases(config, [database, local])),
    ping: () => guarded(() => run(first, 'SELECT 1 FORMAT Null', {})),
    versions: () => guarded(() => onEachServer(config, versionOf)),
    close: async () => void (await Promise.all(all.map((client) => client.close()))),
  };
}
