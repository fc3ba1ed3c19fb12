/** Events straight to Kafka. */
import { createRequire } from 'node:module';
import { CompressionTypes, Kafka, type KafkaConfig, logLevel, Partitioners, type Producer, type TopicMessages } from 'kafkajs';
import { ImpactError } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import { topicName } from '../domain/names.ts';
import { createRouting } from '../domain/routing.ts';
import { eventKey } from '../domain/schema.ts';
import { eventTopics } from '../domain/topics.ts';
import { createEventEncoder, type EventEncoder, type SchemaSource } from './avro.ts';
import { traceOf } from './trace.ts';
import type { Transport } from './transport.ts';

export type KafkaTransportOptions = {
  /** host:port each. */
  brokers: readonly string[];
  registry: SchemaSource;
  /** The installation's namespace, if it has one. */
  namespace?: string;
  ssl?: KafkaConfig['ssl'];
  sasl?: KafkaConfig['sasl'];
};

type RequestQueue = { pending: unknown[]; throttledUntil: number };
type Guarded = { scheduleCheckPendingRequests: (this: RequestQueue) => void; guarded?: true };

/** kafkajs 2.2.4 wakes an idle connection about 1,000 times a second; a service that embeds this client must not pay for that. */
function stopIdleSpinning(): void {
  const queue = (createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: Guarded }).prototype;
  if (queue.guarded) return;
  const schedule = queue.scheduleCheckPendingRequests;
  queue.guarded = true;
  queue.scheduleCheckPendingRequests = function scheduleWhenNeeded() {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

function kafkaOf({ brokers, ssl, sasl }: KafkaTransportOptions): Kafka {
  stopIdleSpinning();
  return new Kafka({
    clientId: 'impactstream-client',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    // Few retries in here: the delivery above tries again for minutes, with a fresh producer.
    retry: { initialRetryTime: 100, retries: 4, maxRetryTime: 1000 },
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

async function topicMessages(events: readonly FeatureEvent[], encode: EventEncoder, namespace: string): Promise<TopicMessages[]> {
  const byTopic = new Map<string, TopicMessages>();
  for (const event of events) {
    const topic = topicName(namespace, eventTopics[event.kind]);
    const messages = byTopic.get(topic) ?? { topic, messages: [] };
    byTopic.set(topic, messages);
    messages.messages.push({ key: eventKey(event), value: await encode(event), headers: { ...traceOf(event) } });
  }
  return [...byTopic.values()];
}

/** A record that the newest schema cannot hold will never be encoded, so trying again is pointless. */
function asRefusal(error: unknown): ImpactError {
  if (error instanceof ImpactError) return error;
  return new ImpactError('unprocessable', `the schema in the registry cannot hold this event: ${(error as Error).message}`, {
    cause: error,
  });
}

/** A transport whose connection opens with the first batch. Acknowledged means: on all in-sync replicas. */
export function kafkaTransport(options: KafkaTransportOptions): Transport {
  const { registry, namespace = '' } = options;
  const kafka = kafkaOf(options);
  const encode = createEventEncoder(registry, namespace);
  const routing = createRouting();
  const createPartitioner = () => {
    const choose = Partitioners.DefaultPartitioner();
    return (asked: Parameters<typeof choose>[0]) => routing.route(asked, choose);
  };
  let producer: Producer | undefined;
  const connected = async (): Promise<Producer> => {
    if (producer) return producer;
    // Kept before it is connected, so that a failure closes what it has opened by then.
    producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner });
    await producer.connect();
    return producer;
  };
  const discard = async (): Promise<void> => {
    const old = producer;
    producer = undefined;
    await old?.disconnect().catch(() => {});
  };
  return {
    async send(events) {
      const messages = await topicMessages(events, encode, namespace).catch((error: unknown) => {
        throw asRefusal(error);
      });
      try {
        const { sendBatch } = await connected();
        routing.verify(messages, await sendBatch({ topicMessages: messages, acks: -1, compression: CompressionTypes.GZIP }));
      } catch (cause) {
        // After a failure kafkajs may give the next batch sequence numbers that the broker has seen, and the broker would drop it as a duplicate.
        await discard();
        throw new ImpactError('unavailable', `Kafka did not acknowledge: ${(cause as Error).message}`, { cause });
      }
    },
    close: discard,
  };
}
