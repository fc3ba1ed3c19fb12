/** Renders the ClickHouse migrations: the same SQL files serve one server and a cluster of shards. */

export type DdlOptions = {
  /** Database in which everything stands. */
  database: string;
  /** Name of the cluster; empty: one server. */
  cluster: string;
  /** Replicated engines (the cluster needs Keeper). */
  replicated: boolean;
  /** Retention of raw events, minute and hour rollups, days. */
  rawDays: number;
  minuteDays: number;
  hourDays: number;
};

/** What a flush may still recompute must never be half expired, so rows outlive the retention by this much. */
const MARGIN_DAYS = 2;

/**
 * The database of a shard's own tables. They have the names of the tables over all shards, so that one text of a statement serves both:
 * what counts is in which database it runs. On a single server it is the same database.
 */
export const localDatabase = ({ database, cluster }: Pick<DdlOptions, 'database' | 'cluster'>): string =>
  cluster === '' ? database : `${database}_shard`;

const localName = (options: DdlOptions, name: string): string => `${localDatabase(options)}.${name}`;

function engine(options: DdlOptions, wanted: string, table: string): string {
  if (!options.replicated) return wanted;
  const [, name = '', args = ''] = /^(\w+)(?:\((.*)\))?$/.exec(wanted) ?? [];
  const path = `'/clickhouse/tables/{shard}/${options.database}/${table}', '{replica}'`;
  return `Replicated${name}(${args === '' ? path : `${path}, ${args}`})`;
}

/**
 * Sharded by tenant: one tenant's events, rollups and epochs are on one shard, so every recompute stays there.
 * `T by EXPRESSION` shards a table that is not about a tenant by what identifies its rows, so that copies of a row meet.
 */
function distributed(options: DdlOptions, wanted: string): string {
  if (options.cluster === '') return '';
  const { database, cluster } = options;
  const [name, by = 'cityHash64(tenant)'] = wanted.split(' by ');
  const local = localDatabase(options);
  return `CREATE TABLE IF NOT EXISTS ${database}.${name} AS ${local}.${name} ENGINE = Distributed('${cluster}', '${local}', '${name}', ${by})`;
}

function days(options: DdlOptions): Record<string, number> {
  const minuteDays = Math.max(options.minuteDays, options.rawDays);
  const hourDays = Math.max(options.hourDays, minuteDays);
  return { rawDays: options.rawDays + MARGIN_DAYS, minuteDays: minuteDays + MARGIN_DAYS, hourDays: hourDays + MARGIN_DAYS };
}

function value(options: DdlOptions, word: string, rest: string, table: string): string {
  if (word === 'local') return localName(options, rest);
  if (word === 'engine') return engine(options, rest, table);
  if (word === 'distributed') return distributed(options, rest);
  if (word === 'database') return options.database;
  const count = days(options)[word];
  if (count === undefined) throw new RangeError(`unknown placeholder in a ClickHouse migration: ${word}`);
  return String(count);
}

function render(options: DdlOptions, statement: string): string {
  const table = /\{\{local (\w+)\}\}/.exec(statement)?.[1] ?? '';
  return statement.replace(/\{\{(\w+)(?: ([^}]+))?\}\}/g, (_, word: string, rest: string) => value(options, word, rest, table));
}

const withoutComments = (text: string): string => text.replace(/^\s*--.*$/gm, '').trim();

/**
 * The statements of one migration file, in order. Placeholders: `{{local T}}` the table (in a cluster, the shard's own),
 * `{{engine E}}` plain or Replicated, `{{distributed T}}` the table over all shards, `{{database}}`, and the retention days.
 * @throws RangeError on an unknown placeholder
 */
export function ddlStatements(text: string, options: DdlOptions): string[] {
  return withoutComments(text)
    .split(/;\s*(?:\n|$)/)
    .map((statement) => render(options, statement.trim()))
    .filter((statement) => statement !== '');
}
