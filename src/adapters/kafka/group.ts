/** The consumer group of a stateful stage: batches in, nothing committed here (offsets are part of the task's transaction). */
import type { Consumer, ConsumerRunConfig, EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import type { Config } from '../../config.ts';
import type { Log } from '../../runtime/log.ts';
import type { GroupHandlers, TaskBatch, TaskRecord } from '../../runtime/stateful.ts';
import { copartition } from './copartition.ts';
import { createLives, type Lives, oneLife } from './lives.ts';
import { kafkaError } from './outage.ts';

export type GroupOptions = {
  group: string;
  topics: readonly string[];
  committedOnly: boolean;
  withoutNamespace: (topic: string) => string;
};

const RESTART_MS = 1000;
/** More than any member has partitions: tasks must not wait for each other. */
const CONCURRENCY = 256;
/** What one transaction carries stays well below the broker's limit for a batch. */
const BYTES_PER_PARTITION = 524_288;

function createConsumer(kafka: Kafka, config: Pick<Config, 'kafkaSessionTimeoutMs'>, { group, committedOnly }: GroupOptions): Consumer {
  return kafka.consumer({
    groupId: group,
    partitionAssigners: [copartition],
    sessionTimeout: config.kafkaSessionTimeoutMs,
    rebalanceTimeout: Math.max(config.kafkaSessionTimeoutMs, 30_000),
    heartbeatInterval: Math.min(3000, config.kafkaSessionTimeoutMs / 4),
    maxWaitTimeInMs: 200,
    maxBytesPerPartition: BYTES_PER_PARTITION,
    readUncommitted: !committedOnly,
    allowAutoTopicCreation: false,
    retry: oneLife,
  });
}

const headersOf = (headers: IHeaders | undefined): Record<string, string | Buffer> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, (Array.isArray(value) ? value[0] : value) ?? '']));

const recordOf = (topic: string, { offset, timestamp, key, value, headers }: KafkaMessage): TaskRecord => ({
  topic,
  offset: BigInt(offset),
  timestamp: Number(timestamp),
  key,
  value,
  headers: headersOf(headers),
});

/** kafkajs's batch knows the offset that was asked for; its type does not say so. */
type FetchedBatch = EachBatchPayload['batch'] & { fetchedOffset: string };

function batchOf(batch: FetchedBatch, topic: string): TaskBatch {
  const records = batch.messages.map((message) => recordOf(topic, message));
  return { topic, partition: batch.partition, fetchedFrom: BigInt(batch.fetchedOffset), end: BigInt(batch.highWatermark), records };
}

const partitionNumbers = (assignment: Record<string, number[]>): number[] =>
  [...new Set(Object.values(assignment).flat())].sort((a, b) => a - b);

async function take(
  consumer: Consumer,
  payload: EachBatchPayload,
  generation: number,
  options: GroupOptions,
  handlers: GroupHandlers,
): Promise<void> {
  const { batch, heartbeat, resolveOffset, isStale } = payload;
  // Fetched before a seek that has not taken effect yet.
  if (isStale()) return;
  const outcome = await handlers.batch(batchOf(batch as FetchedBatch, options.withoutNamespace(batch.topic)), generation, heartbeat);
  if (outcome.kind === 'done') resolveOffset(batch.lastOffset());
  if (outcome.kind === 'seek') consumer.seek({ topic: batch.topic, partition: batch.partition, offset: String(outcome.offset) });
}

export type Group = { start(handlers: GroupHandlers): Promise<void>; stop(): Promise<void> };

/** A member of the group that survives every outage. Generations are counted by its joins. */
export function createGroup(kafka: Kafka, config: Pick<Config, 'kafkaSessionTimeoutMs'>, options: GroupOptions, log: Log): Group {
  let lives: Lives | null = null;
  let generation = 0;
  const run = (consumer: Consumer, handlers: GroupHandlers): ConsumerRunConfig => {
    let own = 0;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      own = ++generation;
      handlers.assigned(own, partitionNumbers(payload.memberAssignment));
    });
    consumer.on(consumer.events.FETCH, () => handlers.fetched());
    return {
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENCY,
      eachBatch: (payload) => take(consumer, payload, own, options, handlers),
    };
  };
  return {
    start(handlers) {
      const broke = (error: Error): void => {
        handlers.broken(kafkaError(error));
        log.warn({ group: options.group, error: error.message }, 'the consumer broke and starts again');
      };
      const make = (): Consumer => createConsumer(kafka, config, options);
      lives = createLives({ make, topics: options.topics, run: (consumer) => run(consumer, handlers), broke, restartMs: RESTART_MS });
      return lives.start();
    },
    async stop() {
      await lives?.stop();
    },
  };
}
