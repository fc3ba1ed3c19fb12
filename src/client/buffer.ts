/** The client's waiting room: bounded in events and in bytes, so that an outage of Kafka never eats a service's memory. */
import type { FeatureEvent } from '../domain/event.ts';

/** What gives way when the buffer is full: the events that wait longest, or the one that comes. */
export type Overflow = 'drop-oldest' | 'drop-new';
export type BufferLimits = { maxEvents: number; maxBytes: number; overflow: Overflow };

export type EventBuffer = {
  /** @returns what was dropped to stay within the limits, perhaps the event itself */
  add(event: FeatureEvent): FeatureEvent[];
  /** Takes out up to `maxEvents`, oldest first. */
  take(maxEvents: number): FeatureEvent[];
  count(): number;
  bytes(): number;
};

/** An object with its numbers, flags and pointers. */
const OBJECT_BYTES = 300;

/** What an event holds in memory, roughly: the strings decide. */
function approximateBytes(event: FeatureEvent): number {
  let bytes = OBJECT_BYTES;
  for (const value of Object.values(event)) if (typeof value === 'string') bytes += value.length;
  if (event.kind === 'custom-metrics') for (const [key, value] of Object.entries(event.attributes)) bytes += key.length + value.length;
  return bytes;
}

/** Slots in front of the queue that are given back once this many are empty. */
const COMPACT_AT = 1024;

/** An empty buffer. */
export function createBuffer({ maxEvents, maxBytes, overflow }: BufferLimits): EventBuffer {
  let queue: { event: FeatureEvent; bytes: number }[] = [];
  let [head, total] = [0, 0];
  const count = (): number => queue.length - head;
  const shift = (): FeatureEvent[] => {
    const first = queue[head];
    if (!first) return [];
    head += 1;
    total -= first.bytes;
    if (head >= COMPACT_AT && head * 2 >= queue.length) [queue, head] = [queue.slice(head), 0];
    return [first.event];
  };
  return {
    add(event) {
      const bytes = approximateBytes(event);
      const fits = (): boolean => count() < maxEvents && total + bytes <= maxBytes;
      if (bytes > maxBytes || (overflow === 'drop-new' && !fits())) return [event];
      const dropped: FeatureEvent[] = [];
      while (!fits()) dropped.push(...shift());
      queue.push({ event, bytes });
      total += bytes;
      return dropped;
    },
    take(wanted) {
      const taken: FeatureEvent[] = [];
      while (taken.length < wanted && count() > 0) taken.push(...shift());
      return taken;
    },
    count,
    bytes: () => total,
  };
}
