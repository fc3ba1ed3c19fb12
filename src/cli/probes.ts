/** One look at each outside system, for `impact check`: an answer in words, or the reason why there is none. */

import { counted } from '../domain/counted.ts';
import { databaseName, topicName } from '../domain/names.ts';
import { parseRedisUrl } from '../domain/redis-url.ts';
import { topicKinds } from '../domain/topics.ts';
import type { Adapters } from '../main/adapters.ts';
import type { missingMigrations } from '../main/prepare.ts';

type Probe = () => Promise<string>;
type Missing = typeof missingMigrations;

async function withAdmin<T>({ kafka }: Adapters, work: (admin: ReturnType<Adapters['kafka']['admin']>) => Promise<T>): Promise<T> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const kafkaProbe = async ({ pingKafka, config }: Adapters): Promise<string> =>
  `${counted(await pingKafka(), 'broker')} at ${config.kafkaBrokers.join(', ')}`;

const topicsProbe = (adapters: Adapters): Promise<string> =>
  withAdmin(adapters, async (admin) => {
    const there = new Set(await admin.listTopics());
    const wanted = topicKinds.map(({ topic }) => topicName(adapters.config.namespace, topic));
    const missing = wanted.filter((topic) => !there.has(topic));
    if (missing.length > 0) throw new Error(`${missing.length} of ${wanted.length} topics are missing, for example ${missing[0]}`);
    return counted(wanted.length, 'topic');
  });

const registryProbe = async ({ registry, config }: Adapters): Promise<string> =>
  `${counted(await registry.subjects(), 'subject')} at ${config.registryUrl}`;

const clickhouseProbe = async ({ clickhouse }: Adapters): Promise<string> =>
  (await clickhouse.versions()).map(({ url, version }) => `version ${version} at ${url}`).join(', ');

/** @throws Error naming the first of the migrations that are missing */
function requireAll(missing: readonly string[]): void {
  if (missing.length > 0) throw new Error(`${counted(missing.length, 'migration')} missing, for example ${missing[0]}`);
}

async function tablesProbe(adapters: Adapters, missing: Missing): Promise<string> {
  const { clickhouse, config } = adapters;
  const database = databaseName(config.namespace, config.clickhouseDatabase);
  const text = 'SELECT count() AS tables FROM system.tables WHERE database = {database:String}';
  const [row] = await clickhouse.query<{ tables: number }>(text, { database });
  if (!row || Number(row.tables) === 0) throw new Error(`database ${database} has no tables`);
  requireAll(await missing.clickhouse(adapters));
  return `${counted(Number(row.tables), 'table')} and views in ${database}`;
}

/** Host, port and path of a URL, without what is secret in it. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}

async function postgresProbe({ postgres, config }: Adapters): Promise<string> {
  const [row] = await postgres.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  return `version ${row?.version} at ${placeOf(config.databaseUrl)}`;
}

async function schemaProbe(adapters: Adapters, missing: Missing): Promise<string> {
  const [row] = await adapters.postgres.query<{ n: number }>('SELECT count(*) AS n FROM migrations');
  requireAll(await missing.postgres(adapters));
  return `${counted(Number(row?.n), 'migration')} applied`;
}

/** What `impact check` looks at, in the order in which it is shown. */
export function probesOf(adapters: Adapters, missing: Missing): Record<string, Probe> {
  return {
    kafka: () => kafkaProbe(adapters),
    topics: () => topicsProbe(adapters),
    registry: () => registryProbe(adapters),
    clickhouse: () => clickhouseProbe(adapters),
    tables: () => tablesProbe(adapters, missing),
    postgres: () => postgresProbe(adapters),
    schema: () => schemaProbe(adapters, missing),
    redis: async () => {
      await adapters.pingRedis();
      const { nodes } = parseRedisUrl(adapters.config.redisUrl);
      return `answers at ${nodes.map(({ host, port }) => `${host}:${port}`).join(', ')}`;
    },
  };
}
