/** The batch that fills now, and when it is due. Its memory is used again: two blocks take turns. */
import type { Config } from '../../src/config.ts';
import { newBatch, type StoreBatch } from './batch.ts';
import { type EventBlock, newEventBlock, rowsOf } from './row.ts';
import { touchesMost } from './touched.ts';

export type BufferLimits = Pick<Config, 'storeFlushRows' | 'storeFlushBytes' | 'storeFlushMs'>;

/** Dead letters and late events are kept as whole messages, so a flood of them must not wait for rows. */
const MOST_BAD = 10_000;

export type StoreBuffer = ReturnType<typeof createBuffer>;

/** @param now wall clock, milliseconds */
export function createBuffer(limits: BufferLimits, now: () => number) {
  const spare: EventBlock[] = [newEventBlock()];
  let filling = newBatch(0, newEventBlock());
  const full = ({ block, bytes, touched, deadLetters, late }: StoreBatch): boolean =>
    rowsOf(block) >= limits.storeFlushRows ||
    bytes >= limits.storeFlushBytes ||
    touchesMost(touched) ||
    deadLetters.length + late.length >= MOST_BAD;
  const delayMs = (): number | null => {
    if (filling.since === null) return null;
    return full(filling) ? 0 : filling.since + limits.storeFlushMs - now();
  };
  return {
    get filling(): StoreBatch {
      return filling;
    },
    full: () => full(filling),
    /** Milliseconds until the batch is due; null while it is empty. */
    delayMs,
    /** The batch, if it is due, or `onlyFull` if it is full; another one fills from now on. */
    take(onlyFull: boolean): StoreBatch | null {
      const wait = delayMs();
      if (wait === null || wait > 0 || (onlyFull && !full(filling))) return null;
      const batch = filling;
      filling = newBatch(batch.generation, spare.pop() ?? newEventBlock());
      return batch;
    },
    /** An inserted batch's memory comes back. */
    release: (batch: StoreBatch) => void spare.push(batch.block),
    /** Forgets what fills now. */
    restart(generation: number): void {
      filling = newBatch(generation, filling.block);
    },
  };
}
