/** Flags on real Redis and Postgres, in a namespace of their own. */
import { randomUUID } from 'node:crypto';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { createFlagKeyspace } from '../../src/adapters/redis-flags.ts';
import { createFlagClient, type FlagClient } from '../../src/client/flags.ts';
import { redisFlags } from '../../src/client/flags-redis.ts';
import { connectRedis, type RedisConnectionOptions } from '../../src/client/redis.ts';
import type { FlagChange } from '../../src/domain/flags/change.ts';
import { flagKeys } from '../../src/domain/flags/keyspace.ts';
import { databaseName } from '../../src/domain/names.ts';
import { createFlagStore } from '../../src/query/flags/store.ts';
import { testConfig } from './config.ts';

export const by = { by: 'a test', reason: 'to see' };

export type FlagWorld = Awaited<ReturnType<typeof openFlagWorld>>;

/** `redis`: where Redis is, when it is not the shared one. */
export async function openFlagWorld(redis: Partial<RedisConnectionOptions> = {}) {
  const config = testConfig();
  const postgres = createPostgres(config);
  await migratePostgres(postgres, config);
  const place = { url: config.redisUrl, ...redis };
  const connection = connectRedis(place);
  const keyspace = createFlagKeyspace(connection, config.namespace);
  const told: FlagChange[] = [];
  const delays: string[] = [];
  const broken = { topic: false, postgres: false };
  const refuse = (): never => {
    throw new Error('away');
  };
  const query: typeof postgres.query = (text, params) =>
    broken.postgres ? Promise.reject(new Error('away')) : postgres.query(text, params);
  const store = createFlagStore({
    keyspace,
    postgres: { query, transaction: (work) => (broken.postgres ? refuse() : postgres.transaction(work)) },
    tell: async (changes) => void (broken.topic ? refuse() : told.push(...changes)),
    onDelay: (what) => delays.push(what),
    now: Date.now,
    newId: randomUUID,
  });
  const clients: FlagClient[] = [];
  return {
    config,
    postgres,
    connection,
    keyspace,
    store,
    /** What reached the topic. */
    told,
    /** What had to wait. */
    delays,
    /** Set to true, the part fails. */
    broken,
    /** A process's own copy, as a service has it. */
    async client(options: { pollMs?: number } = {}): Promise<FlagClient> {
      const client = createFlagClient({ source: redisFlags({ ...place, namespace: config.namespace }), ...options });
      clients.push(client);
      return client;
    },
    async close(): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      const { flags, outbox } = flagKeys(config.namespace);
      await connection.del(flags, outbox).catch(() => 0);
      connection.disconnect();
      await postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
      await postgres.close();
    },
  };
}
