/** A group consumer that hands over whole batches and commits only what it is told to. */
import type { Batch, Consumer, Kafka } from 'kafkajs';
import type { Config } from '../../config.ts';
import type { Log } from '../../runtime/log.ts';
import type { BatchConsumer, ConsumerHandlers, Position, TopicPartition } from '../../runtime/records.ts';
import { fetchInRuns, type RunMessage } from './runs.ts';
import { dropStaleBatches, isCurrent } from './stale.ts';

export type ConsumerOptions = {
  group: string;
  topics: readonly string[];
  /** Skip records of transactions that were not committed; false by default, which is faster where no transactions are written. */
  readCommitted?: boolean;
  /** Bytes asked for in one fetch, all partitions together, and for each partition. */
  maxBytes?: number;
  maxBytesPerPartition?: number;
};

const RESTART_MS = 2000;

/** kafkajs says what it asked for, its types do not. */
type FetchedBatch = Batch & { fetchedOffset: string };

function kafkaConsumer(kafka: Kafka, config: Pick<Config, 'kafkaSessionTimeoutMs'>, options: ConsumerOptions): Consumer {
  return kafka.consumer({
    groupId: options.group,
    sessionTimeout: config.kafkaSessionTimeoutMs,
    rebalanceTimeout: Math.max(config.kafkaSessionTimeoutMs, 30_000),
    heartbeatInterval: Math.min(3000, config.kafkaSessionTimeoutMs / 4),
    // A paused or revoked partition is noticed between two fetches, so an idle one must not wait long.
    maxWaitTimeInMs: 250,
    maxBytes: options.maxBytes ?? 8_388_608,
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1_048_576,
    readUncommitted: !(options.readCommitted ?? false),
    retry: { initialRetryTime: 100, maxRetryTime: 2000, retries: 5, restartOnFailure: async () => true },
  });
}

const partitionsOf = (assignment: Record<string, number[]>): TopicPartition[] =>
  Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));

/** One life of the kafkajs consumer. It ends by `stop` or by a crash that kafkajs does not recover from, which `gone` reports. */
async function life(
  consumer: Consumer,
  options: ConsumerOptions,
  next: () => number,
  confirmed: () => void,
  handlers: ConsumerHandlers,
  gone: (error: Error) => void,
) {
  let generation = 0;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    generation = next();
    confirmed();
    handlers.assigned(generation, partitionsOf(payload.memberAssignment));
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => (payload.restart ? handlers.broken(payload.error) : gone(payload.error)));
  consumer.on(consumer.events.HEARTBEAT, confirmed);
  await consumer.connect();
  await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, heartbeat, isStale, resolveOffset }) => {
      // Fetched before a seek that has not taken effect yet: these offsets are not the next ones any more.
      if (isStale()) return;
      const { topic, partition, highWatermark } = batch;
      const runs = (batch.messages as unknown as RunMessage[]).map(({ run }) => run);
      const from = Number((batch as FetchedBatch).fetchedOffset);
      const taken = await handlers.batch({ topic, partition, highWatermark: Number(highWatermark), from, runs }, generation, heartbeat);
      if (taken && isCurrent(batch)) resolveOffset(batch.lastOffset());
    },
  });
}

/**
 * A consumer of `options.group`. It survives every outage: what kafkajs gives up, it starts anew.
 * Generations are counted here, by joins: kafkajs's own notion of a stale batch does not tell a revoked partition.
 */
export function createBatchConsumer(
  kafka: Kafka,
  config: Pick<Config, 'kafkaSessionTimeoutMs'>,
  options: ConsumerOptions,
  log: Log,
): BatchConsumer {
  dropStaleBatches();
  fetchInRuns(options.group);
  let consumer = kafkaConsumer(kafka, config, options);
  let generation = 0;
  let stopped = false;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  const confirmed = (): void => {
    // Not the wall clock: this one goes on while the process is stopped, and nobody sets it.
    confirmedAt = performance.now();
  };
  const begin = async (handlers: ConsumerHandlers): Promise<void> => {
    if (stopped) return;
    const again = (error: Error): void => {
      handlers.broken(error);
      log.warn({ group: options.group, error: error.message }, 'the consumer broke and starts again');
      setTimeout(() => void renew(handlers), RESTART_MS).unref();
    };
    await life(consumer, options, () => ++generation, confirmed, handlers, again).catch(again);
  };
  const renew = async (handlers: ConsumerHandlers): Promise<void> => {
    await consumer.disconnect().catch(() => {});
    if (stopped) return;
    consumer = kafkaConsumer(kafka, config, options);
    await begin(handlers);
  };
  const commit = async (wanted: number, positions: readonly Position[]): Promise<boolean> => {
    if (wanted !== generation || stopped || positions.length === 0) return false;
    try {
      await consumer.commitOffsets(positions.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })));
      return true;
    } catch (error) {
      log.debug({ group: options.group, error: (error as Error).message }, 'offsets were not committed; the records will be read again');
      return false;
    }
  };
  return {
    start: begin,
    commit,
    owns: () => performance.now() - confirmedAt < config.kafkaSessionTimeoutMs,
    seek: ({ topic, partition, offset }) => consumer.seek({ topic, partition, offset: String(offset) }),
    pause: ({ topic, partition }) => consumer.pause([{ topic, partitions: [partition] }]),
    resume: ({ topic, partition }) => consumer.resume([{ topic, partitions: [partition] }]),
    async stop() {
      stopped = true;
      await consumer.disconnect().catch(() => {});
    },
  };
}
