/** What has been inserted and is not finished: its rollups do not show it yet, and its offsets are not committed. */
import type { Position } from '../../src/runtime/records.ts';
import type { Span } from '../../src/runtime/tracer.ts';
import type { StoreBatch } from './batch.ts';
import { fitTogether, type Touched, touchAll } from './touched.ts';

export type Inserted = {
  readonly generation: number;
  readonly touched: Touched;
  /** What to commit, by `topic/partition`. */
  readonly positions: Map<string, Position>;
  /** Clock of the process when the insert began, milliseconds. */
  readonly startedAt: number;
  readonly spans: Span[];
};

/** What is left of a batch: its rows and records may go. */
export function insertedOf({ generation, touched, slots }: StoreBatch, startedAt: number, span: Span): Inserted {
  const positions = [...slots].map(([key, { topic, partition, next }]): [string, Position] => [key, { topic, partition, offset: next }]);
  return { generation, touched, positions: new Map(positions), startedAt, spans: [span] };
}

function joined(one: Inserted, next: Inserted): Inserted {
  touchAll(one.touched, next.touched);
  return { ...one, positions: new Map([...one.positions, ...next.positions]), spans: [...one.spans, ...next.spans] };
}

/** Batches in the order in which they were inserted, joined where they can be finished at once. */
export function joinInserted(inserted: readonly Inserted[]): Inserted[] {
  const groups: Inserted[] = [];
  for (const next of inserted) {
    const last = groups.at(-1);
    if (last?.generation === next.generation && fitTogether(last.touched, next.touched)) groups[groups.length - 1] = joined(last, next);
    else groups.push(next);
  }
  return groups;
}
