/** Spans around the flushes of a stage that gathers records first: it is told of each flush once, and knows nothing of traces itself. */
import { batchSpan } from './batch-span.ts';
import { gatherLinks } from './gathered-links.ts';
import type { BatchConsumer, TopicPartition } from './records.ts';
import { inSpan, type Tracer } from './tracer.ts';

/** What a flush takes of one partition: the first offset in it, and the next one to read after it. */
export type FlushedSlot = TopicPartition & { first: number; next: number };

/** Runs the work of one flush. */
export type AroundFlush = <T>(slots: Iterable<FlushedSlot>, work: () => Promise<T>) => Promise<T>;

function countsOf(slots: readonly FlushedSlot[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic, first, next } of slots) counts.set(topic, (counts.get(topic) ?? 0) + next - first);
  return counts;
}

/** The consumer, and what to put around each flush. Where nothing is traced: the consumer itself, whose headers nobody looks at. */
export function tracedFlushes(consumer: BatchConsumer, tracer: Tracer, stage: string): { consumer: BatchConsumer; around?: AroundFlush } {
  if (!tracer.enabled) return { consumer };
  const gathered = gatherLinks(consumer);
  return {
    consumer: gathered.consumer,
    around(slots, work) {
      const taken = [...slots];
      const links = gathered.upTo(taken.map(({ topic, partition, next: offset }) => ({ topic, partition, offset })));
      const [name, options] = batchSpan(stage, countsOf(taken), links);
      return inSpan(tracer, name, options, work);
    },
  };
}
