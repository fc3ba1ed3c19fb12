/** How the store takes what it reads: record by record into the batch that fills, waiting where it must. */
import type { Config } from '../../src/config.ts';
import { persist } from '../../src/runtime/backoff.ts';
import { RecordCursor } from '../../src/runtime/cursor.ts';
import type { Flusher } from '../../src/runtime/flusher.ts';
import { noLongerThan } from '../../src/runtime/patience.ts';
import type { RecordBatch } from '../../src/runtime/records.ts';
import { partitionKey, type Slot, type StoreBatch, slotOf } from './batch.ts';
import { type createBreakers, takeBack } from './breaker.ts';
import type { StoreBuffer } from './buffer.ts';
import type { Hold } from './hold.ts';
import { type Source, schemaIdOf, take } from './intake.ts';

export type ReadingDeps = {
  config: Pick<Config, 'maxFutureMs' | 'retentionRawDays'>;
  /** The clock, milliseconds since 1970. */
  now: () => number;
  buffer: StoreBuffer;
  flusher: Flusher;
  breakers: ReturnType<typeof createBreakers>;
  stopping: AbortSignal;
  /** Changes whenever everything is read anew. */
  world: { readonly restarts: number };
  waiting(component: string, error: Error | null): void;
  hold: Hold;
};

/** Keeps the membership while a handler waits. */
type Alive = () => Promise<void>;
/** Takes one batch of one partition. @returns whether all of it was taken */
export type Read = (read: RecordBatch, source: Source, alive: Alive) => Promise<boolean>;

const DAY_MS = 86_400_000;
const ROOM_POLL_MS = 500;

/** The partition's slot in the batch, which remembers what it was read from. */
function fill(batch: StoreBatch, read: RecordBatch, first: number): Slot {
  const slot = slotOf(batch, read, first);
  slot.runs.push(...read.runs);
  return slot;
}

export function createReading({ config, now, buffer, flusher, breakers, stopping, world, waiting, hold }: ReadingDeps): Read {
  /** Backpressure: while a batch is being inserted and the next one is full, nothing more is taken. */
  async function room(alive: Alive): Promise<void> {
    flusher.kick();
    while (buffer.full() && !stopping.aborted) {
      await noLongerThan(ROOM_POLL_MS, flusher.moved());
      flusher.kick();
      await alive();
    }
  }

  /** The schema of the record that the cursor is at, if it is new: an outage of the registry is waited out. */
  async function prepare({ decoder }: Source, cursor: RecordCursor, alive: Alive): Promise<void> {
    const onWait = (error: Error | null): Promise<void> => {
      waiting('registry', error);
      return alive();
    };
    await persist(() => decoder.prepare([cursor.value()]), { signal: stopping, onWait });
  }

  /** Too many faults of ours in one partition: it is read again from the first of them, later. What was dead-lettered before stays so. */
  function trip(batch: StoreBatch, slot: Slot, offset: number): void {
    const again = takeBack(batch, slot, offset);
    slot.next = again;
    hold(slot, again, 'records fail that should not');
  }

  /** Offers records until one trips the breaker, or the world changes while waiting. */
  return async (read, source, alive) => {
    const key = partitionKey(read);
    const limits = { now: now(), maxFutureMs: config.maxFutureMs, oldest: now() - config.retentionRawDays * DAY_MS };
    const cursor = new RecordCursor(read.runs, read.from);
    const { restarts } = world;
    let [batch, fine] = [buffer.filling, 0];
    let slot = fill(batch, read, read.from);
    while (cursor.next()) {
      const schemaId = schemaIdOf(cursor);
      if (schemaId !== null && !source.decoder.isPrepared(schemaId)) await prepare(source, cursor, alive);
      if (buffer.full()) await room(alive);
      if (restarts !== world.restarts || stopping.aborted) return false;
      if (batch !== buffer.filling) {
        batch = buffer.filling;
        slot = fill(batch, read, cursor.offset);
      }
      const outcome = take(batch, slot, cursor, source, limits);
      batch.since ??= limits.now;
      slot.next = cursor.offset + 1;
      if (outcome !== 'ours') {
        fine += 1;
        continue;
      }
      breakers.passed(key, fine);
      fine = 0;
      if (breakers.failed(key)) {
        trip(batch, slot, cursor.offset);
        return false;
      }
    }
    breakers.passed(key, fine);
    return true;
  };
}
