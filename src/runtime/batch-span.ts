/** One span for many records, described in the words of OpenTelemetry's messaging conventions. An event never gets a span of its own. */
import { isSampled, type TraceContext } from '../domain/trace-context.ts';
import { countOf, eachRecord } from './cursor.ts';
import type { BatchConsumer } from './records.ts';
import { linksOf } from './trace-links.ts';
import { type Attributes, inSpan, type SpanOptions, type Tracer } from './tracer.ts';

/** Records by topic. */
export type TopicCounts = ReadonlyMap<string, number>;

const total = (counts: TopicCounts): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/**
 * The name and the options of the span in which `stage` works on these records. Its duration is the span's own.
 * @param links see `trace-links.ts`
 */
export function batchSpan(stage: string, counts: TopicCounts, links: readonly TraceContext[]): [name: string, options: SpanOptions] {
  const [topic, another] = counts.keys();
  const single = topic !== undefined && another === undefined;
  const attributes: Attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.batch.message_count': total(counts),
    ...(single ? { 'messaging.destination.name': topic } : {}),
    'impact.stage': stage,
    'impact.topics': counts.size,
  };
  for (const [name, count] of counts) attributes[`impact.records.${name}`] = count;
  return [`process ${single ? topic : stage}`, { kind: 'consumer', attributes, parent: null, links }];
}

/** The counts of records that say their topic. */
export function countByTopic(records: Iterable<{ topic: string }>): TopicCounts {
  const counts = new Map<string, number>();
  for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}

/**
 * What follows from a batch, with the batch's trace in its headers: of the many events behind it no single one is its cause. What brings
 * headers along keeps them as they are (a late event stays in the trace of its sender), and a trace that nobody records is not worth a header.
 */
export function carrying<M extends { headers?: Record<string, string | Buffer> }>(messages: readonly M[], trace: TraceContext | null) {
  if (trace === null || !isSampled(trace)) return messages;
  return messages.map((message) => (message.headers === undefined ? { ...message, headers: { ...trace } } : message));
}

/** The same consumer; each batch that it hands over is worked on in a span. For stages that are done with a batch when they give it back. */
export function tracedConsumer(consumer: BatchConsumer, tracer: Tracer, stage: string): BatchConsumer {
  if (!tracer.enabled) return consumer;
  return {
    ...consumer,
    start: (handlers) =>
      consumer.start({
        ...handlers,
        batch(batch, generation, alive) {
          const [name, options] = batchSpan(stage, new Map([[batch.topic, countOf(batch)]]), linksOf(eachRecord(batch)));
          return inSpan(tracer, name, options, () => handlers.batch(batch, generation, alive));
        },
      }),
  };
}
