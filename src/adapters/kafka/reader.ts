/** Reading a topic from some time on without taking part in a stage: for people who look, not for stages that work. */
import { randomUUID } from 'node:crypto';
import type { Consumer, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import { withAdmin } from './admin.ts';

/** `timestamp` is the record's own, milliseconds since 1970. Header values are text. */
export type TopicRecord = {
  topic: string;
  partition: number;
  offset: bigint;
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
};

export type ReadOptions = {
  /** Records of this time or younger, milliseconds since 1970. */
  since: number;
  /** Goes on with what arrives until `signal` aborts; otherwise ends at what was there at the start. */
  follow: boolean;
  signal?: AbortSignal;
};

/** Calls `onRecord` for each committed record, one after the other, in order within a partition. `topic` is the full name. */
export type ReadTopic = (topic: string, options: ReadOptions, onRecord: (record: TopicRecord) => Promise<void> | void) => Promise<void>;

/** Transaction markers are offsets without a record, so the end may never be seen: after this much silence it is reached. */
const SILENCE_MS = 1_500;

type Bounds = Map<number, { start: bigint; end: bigint }>;

const textHeaders = (headers: IHeaders | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]));

const asRecord = (topic: string, partition: number, message: KafkaMessage): TopicRecord => ({
  topic,
  partition,
  offset: BigInt(message.offset),
  timestamp: Number(message.timestamp),
  key: message.key,
  value: message.value,
  headers: textHeaders(message.headers),
});

function boundsOf(kafka: Kafka, topic: string, since: number): Promise<Bounds> {
  return withAdmin(kafka, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    const starts = await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, since));
    const startOf = new Map(starts.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return new Map(ends.map(({ partition, high }) => [partition, { start: startOf.get(partition) ?? 0n, end: BigInt(high) }]));
  });
}

/** Resolves when `done` says so, when `signal` aborts, or when the consumer crashes for good. */
function waitForEnd(consumer: Consumer, done: () => boolean, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => done() && finish(), 50);
    const finish = (error?: Error): void => {
      clearInterval(timer);
      signal?.removeEventListener('abort', stop);
      if (error) reject(error);
      else resolve();
    };
    const stop = (): void => finish();
    signal?.addEventListener('abort', stop);
    consumer.on(consumer.events.CRASH, ({ payload }) => (payload.restart ? undefined : finish(payload.error)));
  });
}

async function run(
  consumer: Consumer,
  topic: string,
  bounds: Bounds,
  options: ReadOptions,
  onRecord: Parameters<ReadTopic>[2],
): Promise<void> {
  const left = new Set([...bounds].filter(([, { start, end }]) => start < end).map(([partition]) => partition));
  let lastSign = Date.now();
  let fetches = 0;
  let failure: Error | null = null;
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    fetches = payload.numberOfBatches === 0 ? fetches + 1 : 0;
  });
  const done = (): boolean => !options.follow && (left.size === 0 || (fetches > 1 && Date.now() - lastSign > SILENCE_MS));
  const ended = waitForEnd(consumer, () => failure !== null || done(), options.signal);
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      lastSign = Date.now();
      const { start, end } = bounds.get(partition) ?? { start: 0n, end: 0n };
      const offset = BigInt(message.offset);
      if (offset < start || (!options.follow && offset >= end) || failure) return;
      try {
        await onRecord(asRecord(topic, partition, message));
      } catch (error) {
        failure = error as Error;
      }
      if (offset >= end - 1n) left.delete(partition);
    },
  });
  for (const [partition, { start }] of bounds) consumer.seek({ topic, partition, offset: String(start) });
  await ended;
  if (failure) throw failure;
}

/** A reader of any topic. Its consumer group exists only while it reads. */
export function createReader(kafka: Kafka): ReadTopic {
  return async (topic, options, onRecord) => {
    const bounds = await boundsOf(kafka, topic, options.since);
    if (!options.follow && [...bounds.values()].every(({ start, end }) => start >= end)) return;
    const groupId = `impact-reader-${randomUUID()}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250, allowAutoTopicCreation: false });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await run(consumer, topic, bounds, options, onRecord);
    } finally {
      await consumer.disconnect();
      await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
    }
  };
}
