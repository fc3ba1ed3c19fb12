/** Valid events for tests that only care about a few of their fields. */
import { createHash } from 'node:crypto';
import type { Envelope, EventKind, EventOf, FeatureEvent } from '../../src/domain/event.ts';
import { validRecord } from './events.ts';

/** A UUID that is always the same for the same text. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** An event of the kind at an instant; its id follows from all that is given, so equal calls give the same event. */
export function eventOf<K extends EventKind>(
  kind: K,
  occurredAt: string,
  changes: Partial<Envelope> & Partial<EventOf<K>> = {},
): FeatureEvent {
  const eventId = uuidOf(JSON.stringify([kind, occurredAt, changes]));
  return { ...validRecord(kind), kind, eventId, occurredAt: Date.parse(occurredAt), ...changes } as unknown as FeatureEvent;
}
