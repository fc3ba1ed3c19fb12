/** A plain idempotent producer: what it acknowledged is on all in-sync replicas, once and in order. */
import { CompressionTypes, type IHeaders, type Kafka, type Producer as KafkaProducer, type Message, type TopicMessages } from 'kafkajs';
import { createRouting, type Routing } from '../../domain/routing.ts';
import { partitionerOf } from './partitioner.ts';

/** `topic` is the full name. `partition` only where the key must not decide; `timestamp` in milliseconds, as text. */
export type OutMessage = {
  key: string | Buffer | null;
  value: Buffer | null;
  headers?: Record<string, string | Buffer>;
  partition?: number;
  timestamp?: string;
};

export type Producer = {
  /** Resolves when all in-sync replicas have the messages. Rejects when Kafka stays away beyond the client's retries. */
  send(topic: string, messages: readonly OutMessage[]): Promise<void>;
  close(): Promise<void>;
};

type Waiting = { topic: string; messages: readonly OutMessage[]; bytes: number; resolve: () => void; reject: (error: unknown) => void };

/** Messages that wait together go out together, up to this size. A single send may be larger and then goes alone. */
const GROUP_BYTES = 1_048_576;
const COMPRESS_FROM_MESSAGES = 16;
/** Key, headers and framing, roughly. */
const MESSAGE_BYTES = 100;

const sizeOf = (messages: readonly OutMessage[]): number =>
  messages.reduce((bytes, { value }) => bytes + (value?.length ?? 0) + MESSAGE_BYTES, 0);

const asMessage = (message: OutMessage): Message => ({ ...message, headers: (message.headers ?? {}) as IHeaders });

/** Takes the oldest sends, as many as go out together. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  const end = queue.findIndex((one, index) => {
    bytes += one.bytes;
    return index > 0 && bytes > GROUP_BYTES;
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}

function byTopic(group: readonly Waiting[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, messages } of group) {
    const known = topics.get(topic) ?? [];
    topics.set(topic, known);
    for (const message of messages) known.push(asMessage(message));
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

type Connected = { kafkaProducer: KafkaProducer; routing: Routing };

async function sendGroup({ kafkaProducer, routing }: Connected, group: readonly Waiting[]): Promise<void> {
  const topicMessages = byTopic(group);
  const count = topicMessages.reduce((sum, { messages }) => sum + messages.length, 0);
  const compression = count > COMPRESS_FROM_MESSAGES ? CompressionTypes.GZIP : CompressionTypes.None;
  routing.verify(topicMessages, await kafkaProducer.sendBatch({ acks: -1, compression, topicMessages }));
}

async function connected(kafka: Kafka): Promise<Connected> {
  const routing = createRouting();
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: partitionerOf(routing),
  });
  try {
    await producer.connect();
    return { kafkaProducer: producer, routing };
  } catch (error) {
    // It may have connected and then not been given an id: its connection would keep the process alive.
    await producer.disconnect().catch(() => {});
    throw error;
  }
}

/**
 * A connected producer that any number of senders may share.
 *
 * Only one request is under way at a time, and after a failure the producer is replaced. kafkajs takes its sequence numbers back when a request
 * fails, although the broker may have the messages: the next sender's messages then carry numbers that the broker has seen, and it
 * acknowledges and drops them as duplicates. Nor is its word taken that all was sent: `domain/routing.ts` says why. Whoever comes meanwhile waits and goes out together with the others that wait.
 */
export async function createProducer(kafka: Kafka): Promise<Producer> {
  let producer: Connected | undefined = await connected(kafka);
  let running: Promise<void> | undefined;
  const queue: Waiting[] = [];
  const replace = async (): Promise<void> => {
    const old = producer;
    producer = undefined;
    await old?.kafkaProducer.disconnect().catch(() => {});
  };
  const sendWaiting = async (): Promise<void> => {
    while (queue.length > 0) {
      const group = takeGroup(queue);
      try {
        producer ??= await connected(kafka);
        await sendGroup(producer, group);
        for (const { resolve } of group) resolve();
      } catch (error) {
        await replace();
        for (const { reject } of group) reject(error);
      }
    }
    // In the same breath as the last look at the queue: whoever comes after that must start anew.
    running = undefined;
  };
  return {
    send(topic, messages) {
      if (messages.length === 0) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      queue.push({ topic, messages, bytes: sizeOf(messages), resolve, reject });
      running ??= sendWaiting();
      return promise;
    },
    async close() {
      await running;
      await replace();
    },
  };
}
