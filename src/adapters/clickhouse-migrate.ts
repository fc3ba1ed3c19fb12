/** Brings ClickHouse's database up to date from `schemas/clickhouse`. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { type DdlOptions, ddlStatements } from '../domain/ddl.ts';
import { databaseName } from '../domain/names.ts';

type Target = {
  ensureDatabase(): Promise<void>;
  query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]>;
  commandEverywhere(text: string, params?: Record<string, unknown>): Promise<void>;
};

const folder = new URL('../../schemas/clickhouse/', import.meta.url);
/** From here on a file describes a state (retention) that follows the configuration, so it runs every time. */
const ALWAYS_FROM = '900';

function optionsOf(config: Config): DdlOptions {
  return {
    database: databaseName(config.namespace, config.clickhouseDatabase),
    cluster: config.clickhouseCluster,
    replicated: config.clickhouseReplicated,
    rawDays: config.retentionRawDays,
    minuteDays: config.retentionMinuteDays,
    hourDays: config.retentionHourDays,
  };
}

function files(): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{3}_.*\.sql$/.test(name))
    .sort();
}

/** ClickHouse has no transactions around DDL, so every statement can run again: a crash between two of them, or two processes at once, do no harm. */
async function prepare(clickhouse: Target, database: string): Promise<void> {
  await clickhouse.ensureDatabase();
  await clickhouse.commandEverywhere(
    `CREATE TABLE IF NOT EXISTS ${database}.migrations (name String, applied_at DateTime('UTC') DEFAULT now('UTC')) ENGINE = ReplacingMergeTree ORDER BY name`,
  );
}

const appliedTo = async (clickhouse: Pick<Target, 'query'>, database: string): Promise<Set<string>> =>
  new Set((await clickhouse.query<{ name: string }>(`SELECT name FROM ${database}.migrations`)).map(({ name }) => name));

/** The names of the files that were never applied. @throws when none ever was: there is no database then */
export async function missingInClickHouse(clickhouse: Pick<Target, 'query'>, config: Config): Promise<string[]> {
  const applied = await appliedTo(clickhouse, optionsOf(config).database);
  return files().filter((name) => !applied.has(name));
}

/**
 * @returns the names of the files that were applied now for the first time
 * @throws ImpactError as the adapter does
 */
export async function migrateClickHouse(clickhouse: Target, config: Config): Promise<string[]> {
  const options = optionsOf(config);
  await prepare(clickhouse, options.database);
  const applied = await appliedTo(clickhouse, options.database);
  const due = files().filter((name) => name >= ALWAYS_FROM || !applied.has(name));
  for (const name of due) {
    for (const statement of ddlStatements(readFileSync(new URL(name, folder), 'utf8'), options)) {
      await clickhouse.commandEverywhere(statement);
    }
    await clickhouse.commandEverywhere(`INSERT INTO ${options.database}.migrations (name) VALUES ('${name}')`);
  }
  return due.filter((name) => !applied.has(name));
}
