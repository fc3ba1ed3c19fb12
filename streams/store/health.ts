/** The store's health is its progress: what it waits for, which partitions the breaker holds, and whether commits move while there is lag. */
import type { Position, RecordBatch, TopicPartition } from '../../src/runtime/records.ts';
import type { StageHealth } from '../../src/runtime/stage.ts';
import { partitionKey } from './batch.ts';

const STUCK_MS = 30_000;

type Progress = { next: number; high: number; movedAt: number };

/** @param now wall clock, milliseconds */
export function createProgress(now: () => number) {
  const partitions = new Map<string, Progress>();
  const waits = new Map<string, string>();
  const held = new Map<string, string>();
  let joined = false;

  const stuck = (): string[] =>
    [...partitions]
      .filter(([, { next, high, movedAt }]) => high > next && now() - movedAt > STUCK_MS)
      .map(
        ([key, { next, high }]) => `${key}: committed offset stands at ${next}, ${high - next} behind, for more than ${STUCK_MS / 1000} s`,
      );

  return {
    assigned(): void {
      joined = true;
      partitions.clear();
      held.clear();
      waits.delete('kafka');
    },
    /** A batch arrived, and with it the partition's end. Lag counts from when it began. */
    sees(batch: RecordBatch): void {
      const key = partitionKey(batch);
      const known = partitions.get(key) ?? { next: batch.from, high: batch.from, movedAt: now() };
      const movedAt = known.high > known.next ? known.movedAt : now();
      partitions.set(key, { ...known, high: batch.highWatermark, movedAt });
    },
    committed(positions: Iterable<Position>): void {
      for (const position of positions) {
        const known = partitions.get(partitionKey(position));
        if (known && position.offset !== known.next) Object.assign(known, { next: position.offset, movedAt: now() });
      }
    },
    /** A component is waited for, or answers again (null). */
    waiting(component: string, error: Error | null): void {
      if (error) waits.set(component, error.message);
      else waits.delete(component);
    },
    holds: (partition: TopicPartition, reason: string) => void held.set(partitionKey(partition), reason),
    freed: (partition: TopicPartition) => void held.delete(partitionKey(partition)),
    health(): StageHealth {
      const reasons = [
        ...(joined ? [] : ['has not joined its consumer group yet']),
        ...[...waits].map(([component, message]) => `waits for ${component}: ${message}`),
        ...[...held].map(([key, reason]) => `the breaker holds ${key}: ${reason}`),
        ...stuck(),
      ];
      return { ready: reasons.length === 0, reasons };
    },
  };
}
