/** A running store on the real components, and what a test asks of it. */

import { type ClickHouse, createClickHouse } from '../../src/adapters/clickhouse.ts';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createBatchConsumer } from '../../src/adapters/kafka/consumer.ts';
import { createProducer, type Producer } from '../../src/adapters/kafka/producer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createMetrics } from '../../src/adapters/metrics.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import type { Config } from '../../src/config.ts';
import type { EventKind } from '../../src/domain/event.ts';
import { groupName, topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import type { Registry } from '../../src/runtime/codec.ts';
import { createFailpoint } from '../../src/runtime/failpoint.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { startStore, storeTopics } from '../../streams/store.ts';
import { eventually } from './eventually.ts';
import { groupLag, openLag } from './group-lag.ts';

/** Starts one member of the store's group, with adapters of its own. `die` is what its failpoint does. */
export async function openStore(
  config: Config,
  failpoint = '',
  holdMs?: number,
  die: () => void = () => process.kill(process.pid, 'SIGKILL'),
): Promise<RunningStage & { metricsText(): Promise<string> }> {
  const logs = createLogs(config);
  const kafka = createKafka(config, logs('kafka'));
  const clickhouse = createClickHouse(config);
  const producer = await createProducer(kafka);
  const metrics = createMetrics();
  const stage = await startStore({
    config,
    log: logs('store'),
    metrics,
    failpoint: createFailpoint(failpoint, die),
    now: Date.now,
    registry: createRegistry(config, logs('registry')),
    clickhouse,
    producer,
    ...(holdMs === undefined ? {} : { holdMs }),
    consumer: createBatchConsumer(
      kafka,
      config,
      { group: groupName(config.namespace, 'store'), topics: storeTopics(config.namespace) },
      logs('kafka'),
    ),
  });
  const stop = async (): Promise<void> => {
    await stage.stop();
    await Promise.all([producer.close(), clickhouse.close()]);
  };
  return { ...stage, stop, metricsText: async () => (await metrics.render()).text };
}

/** Topics, schemas and tables of a fresh namespace, and a producer for it. */
export type World = { config: Config; clickhouse: ClickHouse; registry: Registry; producer: Producer; close(): Promise<void> };

export async function openWorld(config: Config): Promise<World> {
  const logs = createLogs(config);
  const kafka = createKafka(config, logs('kafka'));
  const registry = createRegistry(config, logs('registry'));
  const clickhouse = createClickHouse(config);
  await Promise.all([ensureTopics(kafka, config), registry.registerAll(), migrateClickHouse(clickhouse, config)]);
  const producer = await createProducer(kafka);
  const close = async (): Promise<void> => {
    await Promise.all([producer.close(), clickhouse.close()]);
  };
  return { config, clickhouse, registry, producer, close };
}

/** A record as a producer sends it; `at` sets the Kafka timestamp, milliseconds, so that a test can say which delivery was first. */
export type Sent = { kind: EventKind; record: Record<string, unknown>; partition?: number; at?: number };

/** Encodes and sends, in order, one call for each topic. */
export async function sendEvents(world: World, events: readonly Sent[]): Promise<void> {
  const byTopic = new Map<string, Sent[]>();
  for (const event of events) byTopic.set(event.kind, [...(byTopic.get(event.kind) ?? []), event]);
  for (const [kind, sent] of byTopic) {
    const encode = await world.registry.encoder(kind as EventKind);
    const messages = sent.map(({ record, partition, at }) => ({
      key: `${record['tenantId']}|${record['featureId']}`,
      value: encode(record),
      ...(partition === undefined ? {} : { partition }),
      ...(at === undefined ? {} : { timestamp: String(at), headers: { sent: String(at) } }),
    }));
    await world.producer.send(topicName(world.config.namespace, eventTopics[kind as EventKind]), messages);
  }
}

/** How many records of the event topics the store's group has not committed yet. */
export const storeLag = (config: Config): Promise<number> => groupLag(config, 'store');

/** Waits until everything that was sent has been stored, recomputed and committed. How long that takes is the machine's affair: only standing still has a deadline. */
export async function allStored(config: Config, deadlineMs = 30_000): Promise<void> {
  const lag = openLag(config, 'store');
  let least = Number.POSITIVE_INFINITY;
  const lessThanBefore = async (): Promise<number> => {
    const now = await lag.read();
    if (now >= least) throw new Error(`${now} records are not stored yet`);
    return now;
  };
  try {
    while (least > 0) least = await eventually(lessThanBefore, deadlineMs);
  } finally {
    await lag.close();
  }
}

export type Rollup = { feature: string; metric: string; variant: string; bucket: string; n: number; sum: number; value_usd: string };

/** What readers see in a tier, in order. */
export const rollupRows = (world: World, tier: '1m' | '1h' | '1d'): Promise<Rollup[]> =>
  world.clickhouse.query<Rollup>(
    `SELECT tenant, feature, metric, variant, bucket, n, sum, sum_squares, min, max, value_usd,
      quantilesDDMerge(0.01, 0.5)(quantiles) AS median, uniqCombined64Merge(12)(users) AS users
    FROM rollup_${tier}_active GROUP BY ALL ORDER BY ALL`,
  );
