/** The one file that joins everything: opens the adapters, prepares the outside systems, starts stages. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { createClickHouse } from './adapters/clickhouse.ts';
import { migrateClickHouse } from './adapters/clickhouse-migrate.ts';
import { ensureTopics } from './adapters/kafka/admin.ts';
import { createKafka } from './adapters/kafka/client.ts';
import { createProducer, type Producer } from './adapters/kafka/producer.ts';
import { createReader, type ReadTopic } from './adapters/kafka/reader.ts';
import { createLogs } from './adapters/log.ts';
import { createMetrics } from './adapters/metrics.ts';
import { createPostgres, migratePostgres } from './adapters/postgres.ts';
import { pingRedis } from './adapters/redis.ts';
import { createRegistry } from './adapters/registry.ts';
import type { Config } from './config.ts';
import { createFailpoint } from './runtime/failpoint.ts';
import type { Log } from './runtime/log.ts';

export type Adapters = {
  config: Config;
  logs: (module: string) => Log;
  metrics: ReturnType<typeof createMetrics>;
  kafka: Kafka;
  registry: ReturnType<typeof createRegistry>;
  clickhouse: ReturnType<typeof createClickHouse>;
  postgres: ReturnType<typeof createPostgres>;
  /** A connected producer, made at the first call and shared by all callers. */
  producer(): Promise<Producer>;
  /** Reads a topic without joining any stage's group. */
  readTopic: ReadTopic;
  pingRedis(): Promise<void>;
  /** Closes everything here; consumers, and producers made elsewhere, belong to those who made them. */
  close(): Promise<void>;
};

function sharedProducer(kafka: Kafka): { producer(): Promise<Producer>; close(): Promise<void> } {
  let made: Promise<Producer> | null = null;
  return {
    producer() {
      made ??= createProducer(kafka);
      return made;
    },
    close: async () => (await made)?.close(),
  };
}

/** Makes every adapter; none of them connects before it is used. */
export function openAdapters(config: Config): Adapters {
  const logs = createLogs(config);
  const kafka = createKafka(config, logs('kafka'));
  const [clickhouse, postgres, shared] = [createClickHouse(config), createPostgres(config), sharedProducer(kafka)];
  return {
    config,
    logs,
    metrics: createMetrics(),
    kafka,
    registry: createRegistry(config, logs('registry')),
    clickhouse,
    postgres,
    producer: shared.producer,
    readTopic: createReader(kafka),
    pingRedis: () => pingRedis(config),
    close: async () => {
      await Promise.all([clickhouse.close(), postgres.close(), shared.close()]);
    },
  };
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Repeats a step until it succeeds: a component that is not there yet, or away for a while, is waited for and logged. */
async function waitedFor<T>(what: string, step: () => Promise<T>, log: Log, signal: AbortSignal | undefined): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await step();
    } catch (error) {
      if (signal?.aborted) throw error;
      log.warn({ error: String(error), waitMs }, `${what}: not possible yet, trying again`);
      await sleep(waitMs, undefined, signal ? { signal } : {});
    }
  }
}

/**
 * Creates topics, registers schemas, migrates databases, in that order. Safe to repeat and to run in several processes at once.
 * @param onStep told the name of each step as it begins
 */
export async function prepareOutside(adapters: Adapters, onStep: (step: string) => void = () => {}, signal?: AbortSignal): Promise<void> {
  const { config, logs, kafka, registry, clickhouse, postgres } = adapters;
  const log = logs('prepare');
  const steps: [string, () => Promise<unknown>][] = [
    ['topics', () => ensureTopics(kafka, config)],
    ['schemas', () => registry.registerAll(signal)],
    ['clickhouse tables', () => migrateClickHouse(clickhouse, config)],
    ['postgres tables', () => migratePostgres(postgres, config)],
  ];
  for (const [what, step] of steps) {
    onStep(what);
    await waitedFor(what, step, log, signal);
  }
}

/** The process's own failpoint; see `runtime/failpoint.ts`. */
export const failpoint = createFailpoint(process.env['IMPACT_FAILPOINT'] ?? '', () => process.kill(process.pid, 'SIGKILL'));
