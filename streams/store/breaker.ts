/** The breakers of the store: one for each partition's records, one for what ClickHouse refuses; and the partitions that they hold. */
import { type Breaker, type BreakerLimits, closedBreaker, failed, passed, probingBreaker } from '../../src/domain/breaker.ts';
import type { TopicPartition } from '../../src/runtime/records.ts';
import { partitionKey, type StoreBatch } from './batch.ts';

/** A held partition is tried again after this long; a fault then holds it anew, at once. */
export const HOLD_MS = 30_000;

/** @param now wall clock, milliseconds; `holdMs` too */
export function createBreakers(limits: BreakerLimits, now: () => number, holdMs: number) {
  let byPartition = new Map<string, Breaker>();
  let inserts = closedBreaker();
  const held = new Map<string, { partition: TopicPartition; until: number }>();
  const of = (key: string): Breaker => byPartition.get(key) ?? closedBreaker();
  return {
    isHeld: (partition: TopicPartition) => held.size > 0 && held.has(partitionKey(partition)),
    /** Counts records that went well, or failed by their producer's fault. */
    passed(key: string, count: number): void {
      if (count > 0) byPartition.set(key, passed(of(key), count, limits));
    },
    /** Counts a record that failed by what may be our fault. @returns whether the partition must stop */
    failed(key: string): boolean {
      const next = failed(of(key), limits);
      byPartition.set(key, next);
      return next.open;
    },
    /** Counts a row that ClickHouse refused, or rows that it took. @returns whether inserting must stop */
    refusedRow(): boolean {
      inserts = failed(inserts, limits);
      return inserts.open;
    },
    insertedRows(count: number): void {
      inserts = passed(inserts, count, limits);
    },
    hold: (partition: TopicPartition) => void held.set(partitionKey(partition), { partition, until: now() + holdMs }),
    /** Partitions whose hold is over; they are on probation from now. */
    released(): TopicPartition[] {
      if (held.size === 0) return [];
      const over = [...held.values()].filter(({ until }) => until <= now()).map(({ partition }) => partition);
      for (const partition of over) {
        held.delete(partitionKey(partition));
        byPartition.set(partitionKey(partition), probingBreaker());
        if (inserts.open) inserts = probingBreaker();
      }
      return over;
    },
    /** A new generation reads everything from the committed offsets: what was held is on probation. */
    restart(): void {
      byPartition = new Map([...held.keys()].map((key) => [key, probingBreaker()]));
      held.clear();
      if (inserts.open) inserts = probingBreaker();
    },
  };
}

/**
 * Takes back the dead letters of ours of one partition, for they are not the records' fault.
 * @returns where the partition must be read again: at the first of them, or at `offset`
 */
export function takeBack(batch: StoreBatch, partition: TopicPartition, offset: number): number {
  const key = partitionKey(partition);
  const mine = batch.deadLetters.filter(({ from, ours }) => ours && partitionKey(from) === key);
  const others = batch.deadLetters.filter((letter) => !mine.includes(letter));
  batch.deadLetters.splice(0, batch.deadLetters.length, ...others);
  return Math.min(offset, ...mine.map((letter) => letter.offset));
}
