/** What one flush takes: rows ready to insert, the minutes they touch, bad and late records, and where each partition stands. */
import { entry } from '../../src/domain/entry.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { type Cell, cellChunks } from '../../src/query/touched.ts';
import { recordAt } from '../../src/runtime/cursor.ts';
import type { InRecord, OutRecord, Position, RecordRun, TopicPartition } from '../../src/runtime/records.ts';
import { type EventBlock, minuteOf, type Place, rowsOf, truncate, writeEvent } from './row.ts';

/** A record on its way to the dead letters. `ours`: it may be our own fault, so the breaker counts it. */
export type DeadLetter = { from: TopicPartition; offset: number; ours: boolean; reason: string; message: OutRecord };
/** A row's way back to its record, for the case that ClickHouse refuses it. */
export type RowOrigin = { from: TopicPartition; record: InRecord };

/** Where one partition stands in a batch: the first offset in it, the next one to read after it, and the runs that it was read from. */
export type Slot = TopicPartition & { readonly first: number; next: number; readonly runs: RecordRun[] };

export type StoreBatch = {
  readonly generation: number;
  readonly block: EventBlock;
  readonly touched: Map<string, Map<string, Set<number>>>;
  readonly weeks: Set<number>;
  readonly deadLetters: DeadLetter[];
  readonly late: OutRecord[];
  /** By `topic/partition`. */
  readonly slots: Map<string, Slot>;
  /** Bytes of the records, as they came. */
  bytes: number;
  /** Wall time of the oldest record's arrival, milliseconds; null while empty. */
  since: number | null;
};

const WEEK_SECONDS = 7 * 86_400;

export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** An empty batch that writes into `block`, whose memory it takes over. */
export function newBatch(generation: number, block: EventBlock): StoreBatch {
  truncate(block, 0);
  const [deadLetters, late]: [DeadLetter[], OutRecord[]] = [[], []];
  return { generation, block, touched: new Map(), weeks: new Set(), deadLetters, late, slots: new Map(), bytes: 0, since: null };
}

/** The partition's slot, which begins with offset `first` if there is none yet. */
export function slotOf(batch: StoreBatch, { topic, partition }: TopicPartition, first: number): Slot {
  return entry(batch.slots, partitionKey({ topic, partition }), () => ({ topic, partition, first, next: first, runs: [] }));
}

/** What to commit when the batch is stored. */
export const positionsOf = (batch: StoreBatch): Position[] =>
  [...batch.slots.values()].map(({ topic, partition, next }) => ({ topic, partition, offset: next }));

const noFeatures = (): Map<string, Set<number>> => new Map();
const noMinutes = (): Set<number> => new Set();

/** Notes that a row of this tenant and feature was written, at `occurredAt`, milliseconds since 1970. */
export function touch(batch: StoreBatch, tenant: string, feature: string, occurredAt: number): void {
  const minute = minuteOf(occurredAt);
  const minutes = entry(entry(batch.touched, tenant, noFeatures), feature, noMinutes);
  if (minutes.has(minute)) return;
  minutes.add(minute);
  batch.weeks.add(Math.floor(minute / WEEK_SECONDS));
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
  touch(batch, event.tenantId, event.featureId, event.occurredAt);
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

/** No row will be refused any more: the bytes that the records came in may go, which are as many as the rows. */
export function forgetRuns({ slots }: StoreBatch): void {
  for (const { runs } of slots.values()) runs.length = 0;
}

/** The touched buckets of a coarser or the same length, seconds, in chunks that fit into a statement. */
export function cellsOf(batch: StoreBatch, bucketSeconds: number): Generator<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const [tenant, features] of batch.touched) {
    for (const [feature, minutes] of features) {
      const buckets = new Set([...minutes].map((minute) => minute - (minute % bucketSeconds)));
      for (const bucket of buckets) cells.push({ tenant, feature, bucket });
    }
  }
  return cellChunks(cells);
}
