/** Fills an event topic for the benchmark: lead answers of many tenants, spread evenly over a stretch of time, partitioned by their key. */
import { randomBytes } from 'node:crypto';
import { CompressionTypes, type Kafka } from 'kafkajs';
import { groupName, topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import type { Adapters } from '../../src/main/adapters.ts';

export type Load = { events: number; tenants: number; spreadMs: number; endsAt: number };

const MESSAGES_PER_SEND = 5_000;

export const leadTopic = (namespace: string): string => topicName(namespace, eventTopics['lead-intelligence']);

const uuidOf = (index: number, salt: string): string => {
  const hex = index.toString(16).padStart(12, '0');
  return `${salt}-0000-4000-8000-${hex}`;
};

function recordOf(load: Load, salt: string, index: number): { key: string; record: object } {
  const tenant = index % load.tenants;
  const record = {
    eventId: uuidOf(index, salt),
    revision: 0,
    retracted: false,
    source: 'bench',
    occurredAt: load.endsAt - load.spreadMs + Math.floor((index / load.events) * load.spreadMs),
    tenantId: `tenant-${tenant}`,
    userId: `user-${index % 5_000}`,
    entityId: null,
    featureId: 'realtime_intelligence',
    variant: index % 2 === 0 ? 'control' : 'treatment',
    responseTimeSeconds: (index % 240) / 4,
    scoringLatencyMs: null,
    converted: null,
    agentProductivityScore: null,
  };
  return { key: `${record.tenantId}|${record.featureId}`, record };
}

/** Sends the load; resolves when Kafka has all of it. */
export async function sendLoad(
  { kafka, registry, config }: Pick<Adapters, 'registry' | 'config'> & { kafka: Kafka },
  load: Load,
): Promise<void> {
  const encode = await registry.encoder('lead-intelligence');
  const salt = randomBytes(4).toString('hex');
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  for (let first = 0; first < load.events; first += MESSAGES_PER_SEND) {
    const count = Math.min(MESSAGES_PER_SEND, load.events - first);
    const messages = Array.from({ length: count }, (_, offset) => {
      const { key, record } = recordOf(load, salt, first + offset);
      return { key, value: encode(record) };
    });
    await producer.send({ topic: leadTopic(config.namespace), acks: -1, compression: CompressionTypes.None, messages });
  }
  await producer.disconnect();
}

/** The store's consumer group, whose lag says how far it has come. */
export const storeGroup = (namespace: string): string => groupName(namespace, 'store');
