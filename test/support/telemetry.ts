/** Request telemetry in event time, sent with the event's time as the record's own, so that a test's stream does not depend on the wall clock. */
import type { EventKind, FeatureEvent } from '../../src/domain/event.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import { eventOf } from './feature-events.ts';

export type Sent = { event: FeatureEvent; partition?: number };

/** A request served at `at` (milliseconds since 1970). `n` tells events of one instant apart. */
export function request(at: number, n: number, ok: boolean, latencyMs = 40, tenantId = 'tenant_123'): FeatureEvent {
  const changes = { ok, latencyMs, tenantId, errorCode: ok ? null : 'timeout', entityId: `request_${n}`, variant: null };
  return eventOf('request-telemetry', new Date(at).toISOString(), changes);
}

export async function send(adapters: Adapters, sent: readonly Sent[]): Promise<void> {
  const producer = await adapters.producer();
  for (const [kind, group] of Map.groupBy(sent, ({ event }) => event.kind)) {
    const encode = await adapters.registry.encoder(kind as EventKind);
    const messages = group.map(({ event, partition }) => ({
      key: `${event.tenantId}|${event.featureId}`,
      value: encode(event),
      timestamp: String(event.occurredAt),
      ...(partition === undefined ? {} : { partition }),
    }));
    await producer.send(topicName(adapters.config.namespace, eventTopics[kind]), messages);
  }
}
