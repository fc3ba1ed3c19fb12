/** The API on real databases in a namespace of its own, asked without a network in between. */
import { randomUUID } from 'node:crypto';
import type { InjectOptions } from 'fastify';
import { createClickHouse } from '../../src/adapters/clickhouse.ts';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createProducer, type Producer } from '../../src/adapters/kafka/producer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createMetrics } from '../../src/adapters/metrics.ts';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { createFlagKeyspace } from '../../src/adapters/redis-flags.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { build } from '../../src/api/app.ts';
import type { ApiDeps, App } from '../../src/api/deps.ts';
import { pagePaths } from '../../src/api/static.ts';
import { createFlagClient } from '../../src/client/flags.ts';
import { redisFlags } from '../../src/client/flags-redis.ts';
import { connectRedis } from '../../src/client/redis.ts';
import type { FlagChange } from '../../src/domain/flags/change.ts';
import { flagKeys } from '../../src/domain/flags/keyspace.ts';
import { databaseName } from '../../src/domain/names.ts';
import type { Role } from '../../src/domain/role.ts';
import type { ToldStep } from '../../src/domain/rollout/step.ts';
import { createExperimentResults } from '../../src/query/experiment/cache.ts';
import { createFlagStore } from '../../src/query/flags/store.ts';
import { gatherEvidence } from '../../src/query/rollouts/evidence.ts';
import { createRolloutStore } from '../../src/query/rollouts/store.ts';
import { roiTargetAt } from '../../src/query/targets.ts';
import { createToken } from '../../src/query/tokens.ts';
import { testConfig } from './config.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field, and `expect` is what checks them
export type Answer = { status: number; headers: Record<string, unknown>; text: string; json: any };

export type TestApi = Awaited<ReturnType<typeof openTestApi>>;

/** Moves only when a test moves it. */
export const NOW = Date.UTC(2026, 0, 15, 12, 0, 30);

/** ClickHouse's TTL goes by the real clock, which is far beyond the tests' own. */
const everlasting = { RETENTION_RAW_DAYS: '20000', RETENTION_MINUTE_DAYS: '20000', RETENTION_HOUR_DAYS: '20000' };

/** Pages of the dashboard and what they load: open, and without data. */
const isFile = (url: string): boolean => (pagePaths as readonly string[]).includes(url) || /^\/(assets|brand|favicon)[/.]/.test(url);

async function answerOf(app: App, options: InjectOptions): Promise<Answer> {
  const response = await app.inject(options);
  const text = response.body;
  const json = /json/.test(String(response.headers['content-type'])) && text !== '' ? JSON.parse(text) : undefined;
  return { status: response.statusCode, headers: response.headers, text, json };
}

/** Migrated databases and the application over them. Close it. */
export async function openTestApi(overrides: { env?: Record<string, string>; deps?: Partial<ApiDeps> } = {}) {
  const config = testConfig({ ...everlasting, ...overrides.env });
  const [clickhouse, postgres, metrics] = [createClickHouse(config), createPostgres(config), createMetrics()];
  await Promise.all([migrateClickHouse(clickhouse, config), migratePostgres(postgres, config)]);
  const clock = { now: NOW };
  const log = createLogs(config)('api');
  let producer: Promise<Producer> | undefined;
  const redis = connectRedis({ url: config.redisUrl });
  const toldChanges: FlagChange[] = [];
  const toldSteps: ToldStep[] = [];
  const flagReader = createFlagClient({ source: redisFlags({ url: config.redisUrl, namespace: config.namespace }), pollMs: 200 });
  const now = (): number => clock.now;
  const flags = createFlagStore({
    keyspace: createFlagKeyspace(redis, config.namespace),
    postgres,
    tell: async (changes) => void toldChanges.push(...changes),
    onDelay: () => {},
    now,
    newId: randomUUID,
  });
  const judging = { clickhouse, postgres, config, results: createExperimentResults(now) };
  const rollouts = createRolloutStore({
    postgres,
    flags,
    evidence: (watched, at) => gatherEvidence(judging, watched, at),
    roiTargetPercent: (featureId, at) => roiTargetAt(postgres, config, featureId, at),
    tell: async (steps) => void toldSteps.push(...steps),
    onDelay: () => {},
    passed: () => {},
    now,
  });
  const deps: ApiDeps = {
    config,
    log,
    metrics,
    now,
    clickhouse,
    postgres,
    registry: createRegistry(config, log),
    producer() {
      producer ??= createProducer(createKafka(config, log));
      return producer;
    },
    flags,
    rollouts,
    flagReader,
    stages: () => [],
    metricsText: metrics.render,
    ...overrides.deps,
  };
  const app = build(deps);
  const routes: string[] = [];
  // Routes are made when the application gets ready, so a hook that comes now is early enough.
  app.addHook('onRoute', ({ method, url }) => {
    if (!isFile(url)) routes.push(...[method].flat().map((one) => `${one} ${url}`));
  });
  return {
    app,
    config,
    deps,
    clickhouse,
    postgres,
    clock,
    /** Changes of flags that were told on the topic. */
    toldChanges,
    /** Steps of rollouts that were told there, save those that a change of the flag tells. */
    toldSteps,
    /** Every route, as "GET /health". */
    async routes(): Promise<string[]> {
      await app.ready();
      return routes;
    },
    /** A fresh token, valid for ever. */
    token: async (role: Role, tenantId: string | null = null): Promise<string> =>
      (await createToken(postgres, { role, tenantId, name: `test ${randomUUID().slice(0, 8)}`, expiresAt: null })).token,
    ask: (method: NonNullable<InjectOptions['method']>, url: string, token: string | null, options: InjectOptions = {}): Promise<Answer> =>
      answerOf(app, {
        ...options,
        method,
        url,
        headers: { ...options.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      }),
    async close(): Promise<void> {
      await app.close();
      await (await producer?.catch(() => undefined))?.close();
      await flagReader.close();
      await redis.del(...Object.values(flagKeys(config.namespace)));
      redis.disconnect();
      await clickhouse.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`);
      await postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
      await Promise.all([clickhouse.close(), postgres.close()]);
    },
  };
}
