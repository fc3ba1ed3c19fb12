/** One look at each outside system, for `impact check`: an answer in words, or the reason why there is none. */
import type { Config } from '../config.ts';
import { databaseName, topicName } from '../domain/names.ts';
import { topicKinds } from '../domain/topics.ts';
import type { Adapters } from '../main.ts';

type Probe = () => Promise<string>;
const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

async function withAdmin<T>({ kafka }: Adapters, work: (admin: ReturnType<Adapters['kafka']['admin']>) => Promise<T>): Promise<T> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const kafkaProbe = (adapters: Adapters): Promise<string> =>
  withAdmin(
    adapters,
    async (admin) => `${count((await admin.describeCluster()).brokers.length, 'broker')} at ${adapters.config.kafkaBrokers.join(', ')}`,
  );

const topicsProbe = (adapters: Adapters): Promise<string> =>
  withAdmin(adapters, async (admin) => {
    const there = new Set(await admin.listTopics());
    const wanted = topicKinds.map(({ topic }) => topicName(adapters.config.namespace, topic));
    const missing = wanted.filter((topic) => !there.has(topic));
    if (missing.length > 0) throw new Error(`${missing.length} of ${wanted.length} topics are missing, for example ${missing[0]}`);
    return count(wanted.length, 'topic');
  });

async function registryProbe({ config }: Adapters): Promise<string> {
  const { registryUrl, registryUsername, registryPassword } = config;
  const credentials = Buffer.from(`${registryUsername}:${registryPassword}`).toString('base64');
  const headers: Record<string, string> = registryUsername === '' ? {} : { authorization: `Basic ${credentials}` };
  const response = await fetch(`${registryUrl}/subjects`, { headers });
  if (!response.ok) throw new Error(`${registryUrl}/subjects answered ${response.status}`);
  return `${count(((await response.json()) as string[]).length, 'subject')} at ${registryUrl}`;
}

/** Asked past the adapter, whose every question names our database: a server without it is still a server. */
async function clickhouseVersion(url: string, config: Config): Promise<string> {
  const headers = { 'X-ClickHouse-User': config.clickhouseUsername, 'X-ClickHouse-Key': config.clickhousePassword };
  const response = await fetch(`${url}/?query=${encodeURIComponent('SELECT version()')}`, { headers });
  const text = (await response.text()).trim();
  if (!response.ok) throw new Error(text.split('\n')[0]);
  return `version ${text} at ${url}`;
}

const clickhouseProbe = async ({ config }: Adapters): Promise<string> =>
  (await Promise.all(config.clickhouseUrl.split(',').map((url) => clickhouseVersion(url, config)))).join(', ');

async function tablesProbe({ clickhouse, config }: Adapters): Promise<string> {
  const database = databaseName(config.namespace, config.clickhouseDatabase);
  const text = 'SELECT count() AS tables FROM system.tables WHERE database = {database:String}';
  const [row] = await clickhouse.query<{ tables: number }>(text, { database });
  if (!row || Number(row.tables) === 0) throw new Error(`database ${database} has no tables`);
  return `${count(Number(row.tables), 'table')} and views in ${database}`;
}

async function postgresProbe({ postgres }: Adapters): Promise<string> {
  const [row] = await postgres.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  return `version ${row?.version}`;
}

async function schemaProbe({ postgres }: Adapters): Promise<string> {
  const [row] = await postgres.query<{ n: number }>('SELECT count(*) AS n FROM migrations');
  return `${count(Number(row?.n), 'migration')} applied`;
}

/** What `impact check` looks at, in the order in which it is shown. */
export function probesOf(adapters: Adapters): Record<string, Probe> {
  return {
    kafka: () => kafkaProbe(adapters),
    topics: () => topicsProbe(adapters),
    registry: () => registryProbe(adapters),
    clickhouse: () => clickhouseProbe(adapters),
    tables: () => tablesProbe(adapters),
    postgres: () => postgresProbe(adapters),
    schema: () => schemaProbe(adapters),
    redis: async () => {
      await adapters.pingRedis();
      return 'answers';
    },
  };
}
