/** Spans of the flushes of a stage that gathers records first: it is told of each flush once, and knows nothing of traces itself. */
import { batchSpan } from './batch-span.ts';
import { gatherLinks } from './gathered-links.ts';
import type { BatchConsumer, TopicPartition } from './records.ts';
import type { Span, Tracer } from './tracer.ts';

/** What a flush takes of one partition: the first offset in it, and the next one to read after it. */
export type FlushedSlot = TopicPartition & { first: number; next: number };

/** Begins the span of one flush. Whoever does must end it. */
export type BeginFlush = (slots: Iterable<FlushedSlot>) => Span;

function countsOf(slots: readonly FlushedSlot[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic, first, next } of slots) counts.set(topic, (counts.get(topic) ?? 0) + next - first);
  return counts;
}

/** The consumer, and what begins the span of a flush. Where nothing is traced: the consumer itself, whose headers nobody looks at. */
export function tracedFlushes(consumer: BatchConsumer, tracer: Tracer, stage: string): { consumer: BatchConsumer; begin?: BeginFlush } {
  if (!tracer.enabled) return { consumer };
  const gathered = gatherLinks(consumer);
  return {
    consumer: gathered.consumer,
    begin(slots) {
      const taken = [...slots];
      const links = gathered.upTo(taken.map(({ topic, partition, next: offset }) => ({ topic, partition, offset })));
      return tracer.start(...batchSpan(stage, countsOf(taken), links));
    },
  };
}
