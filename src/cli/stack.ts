/** `impact stack`: the local components. */
import { Command, Option } from 'commander';
import { type StackEndpoints, type StackStatus, stackDown, stackStatus, stackUp } from '../../infra/stack.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { Unsuccessful } from './failure.ts';
import { withProgress } from './progress.ts';
import type { Row } from './render.ts';
import { type Said, saidOption, sayJson, sayRows } from './said.ts';

/** The environment variables that point every command at a stack. */
export function stackEnvironment(endpoints: StackEndpoints): Record<string, string> {
  const first = (list: string): string => list.split(',')[0] ?? list;
  return {
    KAFKA_BROKERS: endpoints.kafka,
    SCHEMA_REGISTRY_URL: endpoints.registry,
    CLICKHOUSE_URL: endpoints.clickhouse,
    DATABASE_URL: endpoints.postgres,
    REDIS_URL: first(endpoints.redis),
  };
}

/** What a cluster needs besides its addresses. */
const clusterEnvironment = {
  KAFKA_REPLICATION: '3',
  KAFKA_MIN_IN_SYNC: '2',
  CLICKHOUSE_CLUSTER: 'impact',
  REDIS_CLUSTER: 'true',
} as const;

const exportsOf = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join('\n');

/** `api` is where the configuration puts it; whether it runs is not the stack's to say. */
function statusObject(status: StackStatus, api: string): object {
  const { name, endpoints, components } = status;
  return { ...endpoints, api, name, up: components.every(({ up }) => up), components };
}

const statusRows = (status: StackStatus): Row[] =>
  status.components.map((one) => ({
    component:
      one.node > 1 || status.components.some((other) => other.name === one.name && other !== one) ? `${one.name} ${one.node}` : one.name,
    state: one.up ? 'up' : 'down',
    pid: one.pid ?? null,
    endpoint: one.endpoint,
    check: one.error ?? one.check,
  }));

const apiUrl = (context: Context): string => {
  const { apiHost, apiPort } = context.config();
  return `http://${apiHost}:${apiPort}`;
};

type UpOptions = { name: string; ports: 'default' | 'free'; cluster?: true; output: 'table' | 'json' };

async function up(context: Context, { name, ports, cluster, output }: UpOptions): Promise<void> {
  const endpoints = await withProgress(
    context,
    `stack ${name}`,
    (progress) => stackUp({ name, ports, ...(cluster ? { cluster } : {}), onProgress: progress.update }),
    () => `stack ${name} is up`,
  );
  if (output === 'json') return sayJson(context, { name, ...endpoints });
  sayRows(
    context,
    Object.entries(endpoints).map(([component, endpoint]) => ({ component, endpoint })),
    'table',
  );
  if (name === 'dev' && ports === 'default' && !cluster) return;
  const variables = { ...stackEnvironment(endpoints), ...(cluster ? clusterEnvironment : {}) };
  context.err(`\nTo point other commands at it:\n${exportsOf(variables)}\n`);
}

type StatusOptions = { name: string; output: 'table' | 'json' | 'env' };

async function status(context: Context, { name, output }: StatusOptions): Promise<void> {
  const seen = await stackStatus({ name });
  if (output === 'json') sayJson(context, statusObject(seen, apiUrl(context)));
  else if (output === 'env') context.out(`${exportsOf(stackEnvironment(seen.endpoints))}\n`);
  else sayRows(context, statusRows(seen), 'table');
  if (seen.components.some((component) => !component.up)) throw new Unsuccessful('not every component is up');
}

const nameOption = (): Option => new Option('--name <name>', 'which stack; several can stand side by side').default('dev');

/** The command with its subcommands. */
export function stackCommand(context: Context): Command {
  const command = new Command('stack').description('bring the local components up and down: Kafka, registry, ClickHouse, Postgres, Redis');
  const upCommand = new Command('up')
    .description('start the components and wait until each is ready; does nothing where they run')
    .addOption(nameOption())
    .addOption(new Option('--ports <which>', 'the usual ports, or free ones').choices(['default', 'free']).default('default'))
    .option('--cluster', 'three brokers, two ClickHouse shards and a Redis cluster')
    .addOption(new Option('--output <format>', 'json prints one object with every URL').choices(['table', 'json']).default('table'))
    .action((options: UpOptions) => up(context, options));
  const downCommand = new Command('down')
    .description('stop the components; their data stays')
    .addOption(nameOption())
    .option('--wipe', 'delete their data too')
    .addOption(saidOption())
    .action(async ({ name, wipe, output }: { name: string; wipe?: true; output: Said }) => {
      const existed = await withProgress(
        context,
        `stopping stack ${name}`,
        () => stackDown({ name, wipe: wipe === true }),
        (was) => (was ? `stack ${name} is down` : `there is no stack ${name}`),
      );
      if (output === 'json') context.out(`${JSON.stringify({ name, existed, wiped: wipe === true })}\n`);
    });
  const statusCommand = new Command('status')
    .description('check every component now; exit status 1 when one is down')
    .addOption(nameOption())
    .addOption(new Option('--output <format>', 'env prints lines for a shell').choices(['table', 'json', 'env']).default('table'))
    .action((options: StatusOptions) => status(context, options));
  command.addCommand(
    withExamples(
      upCommand,
      ['stack up', 'the usual ports'],
      ['stack up --name trial --ports free', 'a second stack beside it'],
      ['stack up --cluster --name cluster --ports free', 'three brokers, two shards'],
    ),
  );
  command.addCommand(withExamples(downCommand, ['stack down', 'keep the data'], ['stack down --wipe', 'start afresh next time']));
  command.addCommand(
    withExamples(
      statusCommand,
      ['stack status', 'for people'],
      ['stack status --output json', 'one object with every URL'],
      ['stack status --name trial --output env', 'for eval "$(…)"'],
    ),
  );
  return withExamples(
    command,
    ['stack up', 'start everything'],
    ['stack status --output json', 'the URLs'],
    ['stack down', 'stop everything'],
  );
}
