/** A plain idempotent producer: what it acknowledged is on all in-sync replicas, once and in order. */
import { CompressionTypes, type IHeaders, type Kafka } from 'kafkajs';

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

/** A connected producer. One batch is compressed with gzip when it is worth it. */
export async function createProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
  return {
    async send(topic, messages) {
      if (messages.length === 0) return;
      const compression = messages.length > 16 ? CompressionTypes.GZIP : CompressionTypes.None;
      const typed = messages.map((message) => ({ ...message, headers: (message.headers ?? {}) as IHeaders }));
      await producer.send({ topic, acks: -1, compression, messages: typed });
    },
    close: () => producer.disconnect(),
  };
}
