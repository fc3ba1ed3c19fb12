/** Where a benchmark runs: a stack of its own, and for each measurement a namespace of its own in it. */
import { randomBytes } from 'node:crypto';
import { type StackEndpoints, stackDown, stackUp } from '../../infra/stack.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { type Adapters, openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';

export type Place = { env: Record<string, string>; config: Config; adapters: Adapters };

const STACK = 'bench';

/** Starts the stack, runs `work`, and wipes the stack whatever happens. */
export async function withStack<T>(say: (line: string) => void, work: (endpoints: StackEndpoints) => Promise<T>): Promise<T> {
  const endpoints = await stackUp({ name: STACK, ports: 'free', onProgress: say });
  try {
    return await work(endpoints);
  } finally {
    await stackDown({ name: STACK, wipe: true });
  }
}

/** A prepared namespace, with the adapters to look into it. */
export async function withPlace<T>(at: StackEndpoints, overrides: Record<string, string>, work: (place: Place) => Promise<T>): Promise<T> {
  const env = {
    IMPACT_NAMESPACE: `b${randomBytes(4).toString('hex')}`,
    KAFKA_BROKERS: at.kafka,
    SCHEMA_REGISTRY_URL: at.registry,
    CLICKHOUSE_URL: at.clickhouse,
    DATABASE_URL: at.postgres,
    REDIS_URL: at.redis,
    API_PORT: '0',
    LOG_LEVEL: 'error',
    LOG_PRETTY: 'false',
    ...overrides,
  };
  const config = loadConfig(env);
  const adapters = openAdapters(config);
  try {
    await prepareOutside(adapters);
    return await work({ env, config, adapters });
  } finally {
    await adapters.close();
  }
}
