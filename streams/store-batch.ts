/** What one flush takes: rows ready to insert, the minutes they touch, bad and late records, and where each partition stands. */
import { entry } from '../src/domain/entry.ts';
import type { FeatureEvent } from '../src/domain/event.ts';
import { type Cell, cellChunks } from '../src/query/touched.ts';
import type { InRecord, OutRecord, Position, TopicPartition } from '../src/runtime/records.ts';
import type { RowWriter } from '../src/runtime/rowbinary.ts';
import { minuteOf, writeEventRow } from './store-row.ts';

/** A record on its way to the dead letters. `ours`: it may be our own fault, so the breaker counts it. */
export type DeadLetter = { from: TopicPartition; offset: number; ours: boolean; reason: string; message: OutRecord };
/** A row's way back to its record, for the case that ClickHouse refuses it. */
export type RowOrigin = { from: TopicPartition; record: InRecord };

/** Where one partition stands in a batch: the first offset in it, and the next one to read after it. */
export type Slot = TopicPartition & { readonly first: number; next: number };

export type StoreBatch = {
  readonly generation: number;
  readonly rows: RowWriter;
  /** Where each row starts in `rows`. */
  readonly starts: number[];
  readonly origins: RowOrigin[];
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

/** An empty batch that writes into `rows`, whose memory it takes over. */
export function newBatch(generation: number, rows: RowWriter): StoreBatch {
  rows.reset();
  const [starts, origins, deadLetters, late]: [number[], RowOrigin[], DeadLetter[], OutRecord[]] = [[], [], [], []];
  return {
    generation,
    rows,
    starts,
    origins,
    touched: new Map(),
    weeks: new Set(),
    deadLetters,
    late,
    slots: new Map(),
    bytes: 0,
    since: null,
  };
}

/** The partition's slot, which begins with `record` if there is none yet. */
export function slotOf(batch: StoreBatch, { topic, partition }: TopicPartition, record: InRecord | undefined): Slot {
  const key = partitionKey({ topic, partition });
  const first = Number(record?.offset ?? 0);
  const slot = batch.slots.get(key) ?? { topic, partition, first, next: first };
  batch.slots.set(key, slot);
  return slot;
}

/** What to commit when the batch is stored. */
export const positionsOf = (batch: StoreBatch): Position[] =>
  [...batch.slots.values()].map(({ topic, partition, next }) => ({ topic, partition, offset: next }));

const noFeatures = (): Map<string, Set<number>> => new Map();
const noMinutes = (): Set<number> => new Set();

function touch(batch: StoreBatch, event: FeatureEvent): void {
  const minute = minuteOf(event);
  const minutes = entry(entry(batch.touched, event.tenantId, noFeatures), event.featureId, noMinutes);
  if (minutes.has(minute)) return;
  minutes.add(minute);
  batch.weeks.add(Math.floor(minute / WEEK_SECONDS));
}

/** Appends a valid event. If writing fails half-way, nothing of the row remains. */
export function addRow(batch: StoreBatch, event: FeatureEvent, from: TopicPartition, record: InRecord): void {
  const start = batch.rows.position;
  try {
    const place = { topic: from.topic, partition: from.partition, offset: Number(record.offset), timestamp: Number(record.timestamp) };
    writeEventRow(batch.rows, event, place);
  } catch (error) {
    batch.rows.reset(start);
    throw error;
  }
  batch.starts.push(start);
  batch.origins.push({ from, record });
  touch(batch, event);
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
