/** Traces of records that are gathered from many batches before anything is done with them: kept until their offsets are done with. */
import { MOST_LINKS, sampledLinks, type TraceContext } from '../domain/trace-context.ts';
import { eachRecord } from './cursor.ts';
import type { BatchConsumer, Position, RecordBatch } from './records.ts';
import { recordedIn } from './trace-links.ts';

type Seen = { offset: number; trace: TraceContext };

export type GatheringConsumer = {
  /** The same consumer, looked over its shoulder. */
  consumer: BatchConsumer;
  /** What a span over the records up to these positions links to. They are forgotten then. */
  upTo(positions: Iterable<Position>): TraceContext[];
};

const keyOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;

/** To be made only where something is traced: otherwise nobody should look at headers at all. */
export function gatherLinks(consumer: BatchConsumer): GatheringConsumer {
  const partitions = new Map<string, Seen[]>();

  /** A batch may be handed over again, from wherever its partition is read anew: what was seen from there on is seen again now. */
  function see(batch: RecordBatch): void {
    const seen = (partitions.get(keyOf(batch)) ?? []).filter(({ offset }) => offset < batch.from);
    // A partition that has enough for a span is not looked at again until that has been.
    const fresh = seen.length >= MOST_LINKS ? [] : recordedIn(eachRecord(batch));
    partitions.set(keyOf(batch), [...seen, ...fresh.map(({ record, trace }) => ({ offset: Number(record.offset), trace }))]);
  }

  function takeBelow({ offset: end, ...at }: Position): TraceContext[] {
    const seen = partitions.get(keyOf(at)) ?? [];
    partitions.set(
      keyOf(at),
      seen.filter(({ offset }) => offset >= end),
    );
    return seen.filter(({ offset }) => offset < end).map(({ trace }) => trace);
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
