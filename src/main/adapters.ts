/** Everything outside this process, opened: none of it connects before it is used. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Kafka } from 'kafkajs';
import { type ArchiveFiles, archiveFiles } from '../adapters/archive-files.ts';
import { type BackupFiles, backupFiles } from '../adapters/backup-files.ts';
import { createFlagBackup, type FlagBackup } from '../adapters/backup-flags.ts';
import { createClickHouse } from '../adapters/clickhouse.ts';
import { type ExportFiles, exportFiles } from '../adapters/export-files.ts';
import { createFlagTopic } from '../adapters/flag-topic.ts';
import { createKafka } from '../adapters/kafka/client.ts';
import { closeKafka } from '../adapters/kafka/connections.ts';
import { createGroupCuts, type GroupCuts } from '../adapters/kafka/cut.ts';
import { farewell } from '../adapters/kafka/lives.ts';
import { pingKafka } from '../adapters/kafka/ping.ts';
import { createProducer, type Producer } from '../adapters/kafka/producer.ts';
import { createReader, type ReadTopic } from '../adapters/kafka/reader.ts';
import { createLogs } from '../adapters/log.ts';
import { createMetrics } from '../adapters/metrics.ts';
import { createPdfPrinter, type PrintPdf } from '../adapters/pdf.ts';
import { createPostgres } from '../adapters/postgres.ts';
import { pingRedis } from '../adapters/redis.ts';
import { createFlagKeyspace } from '../adapters/redis-flags.ts';
import { createRedisResults, type RedisResults } from '../adapters/redis-results.ts';
import { createSchemaInventory, type SchemaInventory } from '../adapters/registry/inventory.ts';
import { createRequests } from '../adapters/registry/requests.ts';
import { createRegistry } from '../adapters/registry.ts';
import { readRuleFile } from '../adapters/rule-file.ts';
import { createFlagClient, type FlagClient } from '../client/flags.ts';
import { redisFlags } from '../client/flags-redis.ts';
import { askTrusting } from '../client/https.ts';
import { connectRedis } from '../client/redis.ts';
import type { Config } from '../config.ts';
import { databaseName } from '../domain/names.ts';
import type { Rule } from '../domain/rule.ts';
import { windowLengths } from '../domain/window-choice.ts';
import { createFlagStore, type FlagStore } from '../query/flags/store.ts';
import type { RolloutStore } from '../query/rollouts/store.ts';
import type { Log } from '../runtime/log.ts';
import { tracedStatements, tracedTransactions } from '../runtime/traced-statements.ts';
import { noTracer, type Tracer } from '../runtime/tracer.ts';
import { openRollouts } from './rollouts.ts';

type Logs = (module: string) => Log;

/** What backups are made of and put back into, besides the databases. */
export type BackupAdapters = { files: BackupFiles; flags: FlagBackup; groups: GroupCuts; schemas: SchemaInventory };

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
  backups: BackupAdapters;
  /** Files of an export. */
  exports: ExportFiles;
  /** A page of HTML as PDF. @throws ImpactError `unavailable` without a browser */
  printPdf: PrintPdf;
  /** How many brokers there are. */
  pingKafka(): Promise<number>;
  pingRedis(): Promise<void>;
  /** Where flags are changed. */
  flags: FlagStore;
  /** Where rollouts are planned and led. */
  rollouts: RolloutStore;
  /** A copy of the flags in this process, to be asked; it connects at once, and belongs to whoever opens it. */
  openFlags(): FlagClient;
  /** Results that any process has computed. */
  results: RedisResults;
  /** The rules in a YAML file, for windows that this configuration computes. @throws ImpactError `unprocessable` with every fault of every rule */
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
type FlagAccess = Pick<Adapters, 'flags' | 'openFlags' | 'pingRedis' | 'results'> & { backup: FlagBackup; close(): void };

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
    backup: createFlagBackup(redis, config.namespace),
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
  const askRegistry = askTrusting(authority(config.registryCaFile));
  const registry = createRegistry(config, logs('registry'), Date.now, askRegistry);
  const flagParts = flagsOf({ config, logs, registry, postgres, producer: shared.producer });
  const { flags, results } = flagParts;
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
    exports: exportFiles,
    backups: {
      files: backupFiles,
      flags: flagParts.backup,
      groups: createGroupCuts(kafka, config.namespace),
      schemas: createSchemaInventory(createRequests(config, askRegistry), config.namespace),
    },
    printPdf: createPdfPrinter(config.chromiumPath),
    pingKafka: () => pingKafka(config, logs('kafka')),
    flags,
    rollouts: openRollouts({ config, log: logs('rollouts'), clickhouse, postgres, flags, results, registry, producer: shared.producer }),
    openFlags: flagParts.openFlags,
    results,
    pingRedis: flagParts.pingRedis,
    readRuleFile: (file) => readRuleFile(file, windowLengths(config)),
    close: async () => {
      flagParts.close();
      await Promise.all([clickhouse.close(), postgres.close(), farewell(shared.close())]);
      closeKafka(kafka);
    },
  };
}
