/** A group consumer that hands over whole batches and commits only what it is told to. */
import type { Batch, Consumer, ConsumerRunConfig, Kafka } from 'kafkajs';
import type { Config } from '../../config.ts';
import type { Log } from '../../runtime/log.ts';
import type { BatchConsumer, ConsumerHandlers, Position, TopicPartition } from '../../runtime/records.ts';
import { createLives, type Lives, oneLife } from './lives.ts';
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
    maxBytes: options.maxBytes ?? 4_194_304,
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1_048_576,
    readUncommitted: !(options.readCommitted ?? false),
    retry: oneLife,
  });
}

const partitionsOf = (assignment: Record<string, number[]>): TopicPartition[] =>
  Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));

/** How batches of one consumer reach the handlers. `generation` is the number of the last join. */
const runConfig = (generation: () => number, handlers: ConsumerHandlers): ConsumerRunConfig => ({
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: async ({ batch, heartbeat, isStale, resolveOffset }) => {
    // Fetched before a seek that has not taken effect yet: these offsets are not the next ones any more.
    if (isStale()) return;
    const { topic, partition, highWatermark } = batch;
    const runs = (batch.messages as unknown as RunMessage[]).map(({ run }) => run);
    const whole = { topic, partition, highWatermark: Number(highWatermark), from: Number((batch as FetchedBatch).fetchedOffset), runs };
    const taken = await handlers.batch(whole, generation(), heartbeat);
    if (taken && isCurrent(batch)) resolveOffset(batch.lastOffset());
  },
});

/**
 * A consumer of `options.group`. It survives every outage.
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
  let lives: Lives | null = null;
  let generation = 0;
  let stopped = false;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  const confirmed = (): void => {
    // Not the wall clock: this one goes on while the process is stopped, and nobody sets it.
    confirmedAt = performance.now();
  };
  /** Its batches carry the generation of its own last join, not that of a consumer that came after it. */
  const run = (consumer: Consumer, handlers: ConsumerHandlers): ConsumerRunConfig => {
    let own = 0;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      own = ++generation;
      confirmed();
      handlers.assigned(own, partitionsOf(payload.memberAssignment));
    });
    consumer.on(consumer.events.HEARTBEAT, confirmed);
    return runConfig(() => own, handlers);
  };
  const commit = async (wanted: number, positions: readonly Position[]): Promise<boolean> => {
    if (wanted !== generation || stopped || positions.length === 0) return false;
    try {
      const offsets = positions.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) }));
      await lives?.consumer().commitOffsets(offsets);
      return true;
    } catch (error) {
      log.debug({ group: options.group, error: (error as Error).message }, 'offsets were not committed; the records will be read again');
      return false;
    }
  };
  return {
    start(handlers) {
      const broke = (error: Error): void => {
        handlers.broken(error);
        log.warn({ group: options.group, error: error.message }, 'the consumer broke and starts again');
      };
      const make = (): Consumer => kafkaConsumer(kafka, config, options);
      lives = createLives({ make, topics: options.topics, run: (consumer) => run(consumer, handlers), broke, restartMs: RESTART_MS });
      return lives.start();
    },
    commit,
    owns: () => performance.now() - confirmedAt < config.kafkaSessionTimeoutMs,
    seek: ({ topic, partition, offset }) => lives?.consumer().seek({ topic, partition, offset: String(offset) }),
    pause: ({ topic, partition }) => lives?.consumer().pause([{ topic, partitions: [partition] }]),
    resume: ({ topic, partition }) => lives?.consumer().resume([{ topic, partitions: [partition] }]),
    async stop() {
      stopped = true;
      await lives?.stop();
    },
  };
}
