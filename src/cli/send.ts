/** Events to their topics, in batches, each batch acknowledged before the next is made. */
import type { OutMessage } from '../adapters/kafka/producer.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../domain/event.ts';
import { topicName } from '../domain/names.ts';
import { eventTopics } from '../domain/topics.ts';
import type { System } from './system.ts';

const BATCH = 4_000;

/** Sends events that are valid already. */
export type Sender = {
  /** Resolves when Kafka has acknowledged all of them. */
  send(events: readonly FeatureEvent[]): Promise<void>;
};

type Encoders = Record<EventKind, (event: FeatureEvent) => Buffer>;

async function encodersOf(system: System): Promise<Encoders> {
  const made: [EventKind, (event: FeatureEvent) => Buffer][] = [];
  // One after the other: a fresh registry then numbers the schemas in the same order every time.
  for (const kind of eventKinds) made.push([kind, await system.registry.encoder(kind)]);
  return Object.fromEntries(made) as Encoders;
}

const messageOf = (event: FeatureEvent, encoders: Encoders): OutMessage => ({
  key: `${event.tenantId}|${event.featureId}`,
  value: encoders[event.kind](event),
});

/** A connected sender. */
export async function createSender(system: System): Promise<Sender> {
  const [producer, encoders] = await Promise.all([system.producer(), encodersOf(system)]);
  return {
    async send(events) {
      const byTopic = new Map<string, OutMessage[]>();
      for (const event of events) {
        const topic = topicName(system.config.namespace, eventTopics[event.kind]);
        const messages = byTopic.get(topic) ?? [];
        byTopic.set(topic, messages);
        messages.push(messageOf(event, encoders));
      }
      await Promise.all([...byTopic].map(([topic, messages]) => producer.send(topic, messages)));
    },
  };
}

/**
 * Sends everything that `events` yields.
 * @param onSent called after every acknowledged batch with that batch
 */
export async function sendAll(
  sender: Sender,
  events: Iterable<FeatureEvent>,
  onSent: (batch: readonly FeatureEvent[]) => void,
): Promise<void> {
  let batch: FeatureEvent[] = [];
  const flush = async (): Promise<void> => {
    const full = batch;
    batch = [];
    await sender.send(full);
    onSent(full);
  };
  for (const event of events) {
    batch.push(event);
    if (batch.length >= BATCH) await flush();
  }
  if (batch.length > 0) await flush();
}
