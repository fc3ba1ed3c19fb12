/** The one file that joins everything: opens the adapters, prepares the outside systems, starts stages. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { startAlert } from '../streams/alert.ts';
import { startGuard } from '../streams/guard.ts';
import { recordTopics, startRecord } from '../streams/record.ts';
import { startSignals } from '../streams/signals.ts';
import { createLeadership } from '../streams/signals-leader.ts';
import { startStore, storeTopics } from '../streams/store.ts';
import type { StageName } from '../streams/topology.ts';
import { startWindow } from '../streams/window.ts';
import { type ArchiveFiles, archiveFiles } from './adapters/archive-files.ts';
import { createClickHouse } from './adapters/clickhouse.ts';
import { migrateClickHouse } from './adapters/clickhouse-migrate.ts';
import { createFlagReport } from './adapters/flag-metrics.ts';
import { createFlagTopic } from './adapters/flag-topic.ts';
import { ensureTopics, partitionCount } from './adapters/kafka/admin.ts';
import { createKafka } from './adapters/kafka/client.ts';
import { closeKafka } from './adapters/kafka/connections.ts';
import { createBatchConsumer } from './adapters/kafka/consumer.ts';
import { farewell } from './adapters/kafka/lives.ts';
import { createOffsets } from './adapters/kafka/offsets.ts';
import { pingKafka } from './adapters/kafka/ping.ts';
import { createProducer, type Producer } from './adapters/kafka/producer.ts';
import { createReader, type ReadTopic } from './adapters/kafka/reader.ts';
import { createStateful } from './adapters/kafka/stateful.ts';
import { createLogs } from './adapters/log.ts';
import { createMetrics } from './adapters/metrics.ts';
import { createPostgres, migratePostgres } from './adapters/postgres.ts';
import { pingRedis } from './adapters/redis.ts';
import { createFlagKeyspace } from './adapters/redis-flags.ts';
import { createRedisResults, type RedisResults } from './adapters/redis-results.ts';
import { createRegistry } from './adapters/registry.ts';
import { defaultRulesFile, readRuleFile } from './adapters/rule-file.ts';
import { openTracing } from './adapters/tracing.ts';
import { startApi } from './api/listen.ts';
import { startObserver } from './api/observer.ts';
import { createFlagClient, type FlagClient } from './client/flags.ts';
import { redisFlags } from './client/flags-redis.ts';
import { askTrusting } from './client/https.ts';
import { connectRedis } from './client/redis.ts';
import type { Config } from './config.ts';
import { databaseName, groupName, topicName } from './domain/names.ts';
import type { Rule } from './domain/rule.ts';
import { topics } from './domain/topics.ts';
import { windowLengths } from './domain/window-choice.ts';
import { createFlagStore, type FlagStore } from './query/flag-store.ts';
import { importRules, seedRules } from './query/rules.ts';
import { tracedConsumer } from './runtime/batch-span.ts';
import { createFailpoint } from './runtime/failpoint.ts';
import type { Log } from './runtime/log.ts';
import { repeat } from './runtime/repeat.ts';
import type { RunningStage } from './runtime/stage.ts';
import { tracedFlushes } from './runtime/traced-flushes.ts';
import { tracedStatements, tracedTransactions } from './runtime/traced-statements.ts';
import { noTracer, type Tracer } from './runtime/tracer.ts';

type Logs = (module: string) => Log;

export type Adapters = {
  config: Config;
  logs: Logs;
  metrics: ReturnType<typeof createMetrics>;
  tracer: Tracer;
  kafka: Kafka;
  registry: ReturnType<typeof createRegistry>;
  clickhouse: ReturnType<typeof createClickHouse>;
  postgres: ReturnType<typeof createPostgres>;
  /** A connected producer, made at the first call and shared by all callers. */
  producer(): Promise<Producer>;
  /** Reads a topic without joining any stage's group. */
  readTopic: ReadTopic;
  /** Archives of raw events on disk. */
  archives: ArchiveFiles;
  /** How many brokers there are. */
  pingKafka(): Promise<number>;
  pingRedis(): Promise<void>;
  /** Where flags are changed. */
  flags: FlagStore;
  /** A copy of the flags in this process, to be asked; it connects at once, and belongs to whoever opens it. */
  openFlags(): FlagClient;
  /** Results that any process has computed. */
  results: RedisResults;
  /** The rules in a YAML file, for windows that this configuration computes. */
  readRuleFile(file: string): Rule[];
  /** Closes everything here; consumers, and producers made elsewhere, belong to those who made them. */
  close(): Promise<void>;
};

function sharedProducer(kafka: Kafka): { producer(): Promise<Producer>; close(): Promise<void> } {
  let made: Promise<Producer> | null = null;
  return {
    producer() {
      // A failed connection is not kept: the next caller tries again.
      made ??= createProducer(kafka).catch((error: unknown) => {
        made = null;
        throw error;
      });
      return made;
    },
    close: async () => (await made?.catch(() => null))?.close(),
  };
}

const authority = (file: string): string | undefined => (file === '' ? undefined : readFileSync(file, 'utf8'));

/** The way in which services connect is ours as well. */
const redisPlace = ({ redisUrl, redisCluster, redisCaFile }: Config) => ({
  url: redisUrl,
  cluster: redisCluster,
  ...(redisCaFile === '' ? {} : { ca: readFileSync(redisCaFile, 'utf8') }),
});

type FlagParts = Pick<Adapters, 'config' | 'logs' | 'registry' | 'postgres' | 'producer'>;
type FlagAccess = Pick<Adapters, 'flags' | 'openFlags' | 'pingRedis' | 'results'> & { close(): void };

/** Flags in Redis, their audit in Postgres and on the topic. */
function flagsOf({ config, logs, registry, postgres, producer }: FlagParts): FlagAccess {
  const log = logs('flags');
  const redis = connectRedis({ ...redisPlace(config), onError: ({ message }) => log.debug({ error: message }, 'redis') });
  const flags = createFlagStore({
    keyspace: createFlagKeyspace(redis, config.namespace),
    postgres,
    tell: createFlagTopic(registry, producer, config.namespace),
    onDelay: (what, error) => log.warn({ error: String(error) }, `${what}: not possible now, it is done later`),
    now: Date.now,
    newId: randomUUID,
  });
  return {
    flags,
    results: createRedisResults(redis, config.namespace),
    openFlags() {
      const onError = ({ message }: Error): void => log.warn({ error: message }, 'the copy of the flags cannot be confirmed');
      return createFlagClient({ source: redisFlags({ ...redisPlace(config), namespace: config.namespace }), onError });
    },
    pingRedis: () => pingRedis((onError) => connectRedis({ ...redisPlace(config), once: true, onError })),
    close: () => redis.disconnect(),
  };
}

/** Makes every adapter; none of them connects before it is used. */
export function openAdapters(config: Config, logs: Logs = createLogs(config), tracer: Tracer = noTracer): Adapters {
  const kafka = createKafka(config, logs('kafka'));
  const [clickhouse, postgres, shared] = [createClickHouse(config), createPostgres(config), sharedProducer(kafka)];
  const registry = createRegistry(config, logs('registry'), Date.now, askTrusting(authority(config.registryCaFile)));
  const flagParts = flagsOf({ config, logs, registry, postgres, producer: shared.producer });
  return {
    config,
    logs,
    metrics: createMetrics(),
    tracer,
    kafka,
    registry,
    clickhouse: tracedStatements(clickhouse, tracer, { system: 'clickhouse', namespace: clickhouse.database }),
    postgres: tracedTransactions(postgres, tracer, { system: 'postgresql', namespace: databaseName(config.namespace, 'impact') }),
    producer: shared.producer,
    readTopic: createReader(kafka),
    archives: archiveFiles,
    pingKafka: () => pingKafka(config, logs('kafka')),
    flags: flagParts.flags,
    openFlags: flagParts.openFlags,
    results: flagParts.results,
    pingRedis: flagParts.pingRedis,
    readRuleFile: (file) => readRuleFile(file, windowLengths(config)),
    close: async () => {
      flagParts.close();
      await Promise.all([clickhouse.close(), postgres.close(), farewell(shared.close())]);
      closeKafka(kafka);
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

/** Default rules where they were never there, then those of RULES_FILE. @throws ImpactError at once when a file has faults: waiting would not mend it */
function rulesStep({ config, postgres, readRuleFile: read }: Adapters): () => Promise<void> {
  const defaults = readRuleFile(defaultRulesFile);
  const own = config.rulesFile === '' ? [] : read(config.rulesFile);
  return async () => {
    await seedRules(postgres, defaults);
    await importRules(postgres, own, { by: 'RULES_FILE', reason: 'imported at start' });
  };
}

/**
 * Creates topics, registers schemas, migrates databases, stores the alert rules, in that order. Safe to repeat and to run in several processes at once.
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
    ['alert rules', rulesStep(adapters)],
  ];
  for (const [what, step] of steps) {
    onStep(what);
    await waitedFor(what, step, log, signal);
  }
}

/** The process's own failpoint; see `runtime/failpoint.ts`. */
export const failpoint = createFailpoint(process.env['IMPACT_FAILPOINT'] ?? '', () => process.kill(process.pid, 'SIGKILL'));

const consumerOf = ({ kafka, config, logs }: Adapters, stage: StageName, topics: readonly string[], readCommitted: boolean) =>
  createBatchConsumer(kafka, config, { group: groupName(config.namespace, stage), topics, readCommitted }, logs(stage));

const common = ({ config, logs, metrics }: Adapters, stage: StageName) => ({ config, log: logs(stage), metrics, failpoint, now: Date.now });

const statefulOf = ({ kafka, config, logs }: Adapters, stage: StageName) => createStateful(kafka, config, logs(stage), failpoint);

type Start = (adapters: Adapters) => Promise<RunningStage>;

/** How each stage but the API starts. */
const starts: Partial<Record<StageName, Start>> = {
  async store(adapters) {
    const consumer = consumerOf(adapters, 'store', storeTopics(adapters.config.namespace), false);
    const flushes = tracedFlushes(consumer, adapters.tracer, 'store');
    return startStore({ ...adapters, ...common(adapters, 'store'), ...flushes, producer: await adapters.producer() });
  },
  window: (adapters) => startWindow({ ...adapters, ...common(adapters, 'window'), stateful: statefulOf(adapters, 'window') }),
  alert: (adapters) => startAlert({ ...adapters, ...common(adapters, 'alert'), stateful: statefulOf(adapters, 'alert') }),
  guard: (adapters) => startGuard({ ...adapters, ...common(adapters, 'guard'), stateful: statefulOf(adapters, 'guard') }),
  async signals(adapters) {
    const { kafka, config, postgres } = adapters;
    const windowPartitions = await partitionCount(kafka, topicName(config.namespace, topics.windows));
    const leadership = createLeadership(postgres, topicName(config.namespace, 'impact-signals'));
    return startSignals({ ...adapters, ...common(adapters, 'signals'), producer: await adapters.producer(), windowPartitions, leadership });
  },
  async record(adapters) {
    const topics = recordTopics.map((topic) => topicName(adapters.config.namespace, topic));
    const consumer = tracedConsumer(consumerOf(adapters, 'record', topics, true), adapters.tracer, 'record');
    const decoder = adapters.registry.decoder('alert');
    return startRecord({ ...adapters, ...common(adapters, 'record'), consumer, decoder, offsets: createOffsets(adapters.kafka) });
  },
};

/** How often Redis and Postgres are held against each other, and what waits is recorded and told; by the processes that change flags. */
const KEEP_FLAGS_MS = 5_000;
const keepers: readonly StageName[] = ['api', 'guard'];

export type System = {
  /** Where the API answers; null when this process runs without it. */
  apiUrl: string | null;
  stages: () => { name: string; health: ReturnType<RunningStage['health']> }[];
  /** Stops the stages, the last ones of the road first, then closes the adapters. */
  stop(): Promise<void>;
};

/** Starts stages in this process, waiting for components that are not there yet; with the API or, without it, with health and metrics on METRICS_PORT. */
export async function startStages(config: Config, names: readonly StageName[], signal?: AbortSignal): Promise<System> {
  const logs = createLogs(config);
  const tracing = await openTracing(config, logs('tracing'));
  const adapters = openAdapters(config, logs, tracing.tracer);
  const running: RunningStage[] = [];
  const closers: (() => Promise<void>)[] = [];
  const stages = () => running.map((stage) => ({ name: stage.name, health: stage.health() }));
  const deps = { ...adapters, ...common(adapters, 'api'), stages, metricsText: () => adapters.metrics.render() };
  const stop = async (): Promise<void> => {
    for (const stage of [...running].reverse()) {
      logs('main').info({ stage: stage.name }, 'stopping a stage');
      await stage.stop();
    }
    await Promise.all(closers.map((close) => close()));
    logs('main').info({}, 'all stages have stopped');
    await Promise.all([adapters.close(), tracing.stop()]);
  };
  try {
    for (const name of names) {
      const start = starts[name];
      if (start) running.push(await waitedFor(name, () => start(adapters), logs(name), signal));
    }
    if (names.some((name) => keepers.includes(name)))
      closers.push(repeat('keeping the flags', adapters.flags.keep, KEEP_FLAGS_MS, logs('flags')));
    if (!names.includes('api')) {
      const observer = await startObserver(deps);
      return { apiUrl: null, stages, stop: () => observer.stop().then(stop) };
    }
    const flagReader = adapters.openFlags();
    const reportFlags = createFlagReport(flagReader, adapters.metrics, Date.now);
    closers.push(flagReader.close);
    const metricsText = () => {
      reportFlags();
      return adapters.metrics.render();
    };
    const api = await startApi({ ...deps, flagReader, metricsText });
    running.push(api);
    return { apiUrl: api.url, stages, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
