/** Collected events to Kafka, within bounds: an outage of Kafka must neither hang a sender nor fill our memory. */
import type { OutMessage, Producer } from '../adapters/kafka/producer.ts';
import { ImpactError } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import { topicName } from '../domain/names.ts';
import { eventKey } from '../domain/schema.ts';
import { eventTopics } from '../domain/topics.ts';
import type { TraceContext } from '../domain/trace-context.ts';
import { within } from '../query/patience.ts';
import type { Registry } from '../runtime/codec.ts';

export type PublishDeps = {
  config: { namespace: string };
  registry: Pick<Registry, 'encoder'>;
  /** A connected producer; asked for at the first event. */
  producer: () => Promise<Pick<Producer, 'send'>>;
};

/**
 * Resolves when Kafka has acknowledged every event. Each carries its trace as headers, if it has one.
 * @throws ImpactError `unavailable`; the events may still arrive, so the sender repeats the same request: an event id counts once
 */
export type Publish = (events: readonly FeatureEvent[], traces: readonly (TraceContext | null)[]) => Promise<void>;

/** Encoded bytes that wait for Kafka at most; then senders are told at once. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Shorter than the patience of a client with sane timeouts, so that it hears why. */
const PATIENCE_MS = 8_000;

type Encoded = { byTopic: Map<string, OutMessage[]>; bytes: number };

async function encoded(
  events: readonly FeatureEvent[],
  traces: readonly (TraceContext | null)[],
  { registry, config }: PublishDeps,
): Promise<Encoded> {
  const byTopic = new Map<string, OutMessage[]>();
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    const value = (await registry.encoder(event.kind))(event);
    const topic = topicName(config.namespace, eventTopics[event.kind]);
    const messages = byTopic.get(topic) ?? [];
    byTopic.set(topic, messages);
    messages.push({ key: eventKey(event), value, headers: { ...traces[index] } });
    bytes += value.length;
  }
  return { byTopic, bytes };
}

const away = (detail: string, cause?: unknown): ImpactError =>
  new ImpactError('unavailable', `${detail}; send the same request again`, cause === undefined ? {} : { cause });

const withinPatience = (work: Promise<void>): Promise<void> =>
  within(work, PATIENCE_MS, () => away(`Kafka has not acknowledged within ${PATIENCE_MS / 1000} s`));

/** One publisher for the whole process. */
export function createPublisher(deps: PublishDeps): Publish {
  let waitingBytes = 0;
  const send = async ({ byTopic, bytes }: Encoded): Promise<void> => {
    waitingBytes += bytes;
    try {
      const producer = await deps.producer();
      await Promise.all([...byTopic].map(([topic, messages]) => producer.send(topic, messages)));
    } catch (cause) {
      throw away('Kafka has not acknowledged the events', cause);
    } finally {
      waitingBytes -= bytes;
    }
  };
  return async (events, traces) => {
    if (waitingBytes > MAX_WAITING_BYTES) throw away('too much waits for Kafka already');
    const ready = await encoded(events, traces, deps);
    await withinPatience(send(ready));
  };
}
