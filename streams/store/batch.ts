/** What is inserted at once: rows, the minutes they touch, bad and late records, and where each partition stands. */
import { entry } from '../../src/domain/entry.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { recordAt } from '../../src/runtime/cursor.ts';
import type { InRecord, OutRecord, RecordRun, TopicPartition } from '../../src/runtime/records.ts';
import { type EventBlock, type Place, rowsOf, truncate, writeEvent } from './row.ts';
import { nothingTouched, type Touched, touch } from './touched.ts';

/** A record on its way to the dead letters. `ours`: it may be our own fault, so the breaker counts it. */
export type DeadLetter = { from: TopicPartition; offset: number; ours: boolean; reason: string; message: OutRecord };
/** A row's way back to its record, for the case that ClickHouse refuses it. */
export type RowOrigin = { from: TopicPartition; record: InRecord };

/** Where one partition stands in a batch: the first offset in it, the next one to read after it, and the runs that it was read from. */
export type Slot = TopicPartition & { readonly first: number; next: number; readonly runs: RecordRun[] };

export type StoreBatch = {
  readonly generation: number;
  readonly block: EventBlock;
  readonly touched: Touched;
  readonly deadLetters: DeadLetter[];
  readonly late: OutRecord[];
  /** By `topic/partition`. */
  readonly slots: Map<string, Slot>;
  /** Bytes of the records, as they came. */
  bytes: number;
  /** Wall time of the oldest record's arrival, milliseconds; null while empty. */
  since: number | null;
};

export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** An empty batch that writes into `block`, whose memory it takes over. */
export function newBatch(generation: number, block: EventBlock): StoreBatch {
  truncate(block, 0);
  const [deadLetters, late]: [DeadLetter[], OutRecord[]] = [[], []];
  return { generation, block, touched: nothingTouched(), deadLetters, late, slots: new Map(), bytes: 0, since: null };
}

/** The partition's slot, which begins with offset `first` if there is none yet. */
export function slotOf(batch: StoreBatch, { topic, partition }: TopicPartition, first: number): Slot {
  return entry(batch.slots, partitionKey({ topic, partition }), () => ({ topic, partition, first, next: first, runs: [] }));
}

/** Lets `write` append a row. If that fails half-way, nothing of the row remains. */
export function whole<T>({ block }: StoreBatch, write: () => T): T {
  const rows = rowsOf(block);
  try {
    return write();
  } catch (error) {
    truncate(block, rows);
    throw error;
  }
}

/** Appends a valid event. */
export function addRow(batch: StoreBatch, event: FeatureEvent, place: Place): void {
  whole(batch, () => writeEvent(batch.block, event, place));
  touch(batch.touched, event.tenantId, event.featureId, event.occurredAt);
}

/** The record that a row was made of. */
export function originOf({ block, slots }: StoreBatch, row: number): RowOrigin {
  const { columns } = block;
  const from = { topic: columns.topic.get(row), partition: columns.partition.get(row) };
  const offset = columns.offset.get(row);
  const record = recordAt(slots.get(partitionKey(from))?.runs ?? [], offset);
  if (record === null) throw new Error(`the record of row ${row}, ${partitionKey(from)} at ${offset}, is not in the batch`);
  return { from, record };
}
