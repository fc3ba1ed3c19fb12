/** Traces of records that are gathered from many batches before anything is done with them: kept until their offsets are done with. */
import { MOST_LINKS, sampledLinks, type TraceContext } from '../domain/trace-context.ts';
import type { BatchConsumer, Position, RecordBatch } from './records.ts';
import { linksOf } from './trace-links.ts';

type Seen = { offset: number; context: TraceContext };

export type GatheringConsumer = {
  /** The same consumer, looked over its shoulder. */
  consumer: BatchConsumer;
  /** What a span over the records up to these positions links to. They are forgotten then. */
  upTo(positions: Iterable<Position>): TraceContext[];
};

const keyOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;

/** Looks no further once a partition has enough for a span, so that a batch costs no more than its first few traces. */
function look(seen: Seen[], { records }: RecordBatch): void {
  for (const { offset, headers } of records) {
    if (seen.length >= MOST_LINKS) return;
    const [context] = headers === undefined ? [] : linksOf([{ headers }]);
    if (context && seen.at(-1)?.context.traceparent !== context.traceparent) seen.push({ offset: Number(offset), context });
  }
}

/** To be made only where something is traced: otherwise nobody should look at headers at all. */
export function gatherLinks(consumer: BatchConsumer): GatheringConsumer {
  const partitions = new Map<string, Seen[]>();

  /** A batch may be handed over again, from wherever its partition is read anew: what was seen from there on is seen again now. */
  function see(batch: RecordBatch): void {
    const first = Number(batch.records[0]?.offset ?? 0);
    const seen = (partitions.get(keyOf(batch)) ?? []).filter(({ offset }) => offset < first);
    look(seen, batch);
    partitions.set(keyOf(batch), seen);
  }

  function takeBelow({ offset: end, ...at }: Position): TraceContext[] {
    const seen = partitions.get(keyOf(at)) ?? [];
    partitions.set(
      keyOf(at),
      seen.filter(({ offset }) => offset >= end),
    );
    return seen.filter(({ offset }) => offset < end).map(({ context }) => context);
  }

  return {
    consumer: {
      ...consumer,
      start: (handlers) =>
        consumer.start({
          ...handlers,
          assigned(generation, assignment) {
            partitions.clear();
            handlers.assigned(generation, assignment);
          },
          batch(batch, generation, alive) {
            see(batch);
            return handlers.batch(batch, generation, alive);
          },
        }),
    },
    upTo: (positions) => sampledLinks([...positions].flatMap(takeBelow)),
  };
}
