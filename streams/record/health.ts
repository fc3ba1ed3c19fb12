/** Whether the record stage gets on: what it waits for, and whether the partitions that it holds move while they lag. */
import type { TopicPartition } from '../../src/runtime/records.ts';
import type { StageHealth } from '../../src/runtime/stage.ts';
import type { StageLag } from './lag.ts';

/** Lag without progress for this long is a fault. */
const STALLED_MS = 30_000;

export type Progress = {
  assigned(partitions: readonly TopicPartition[]): void;
  broken(reason: string): void;
  /** What is waited for; null when it is over. */
  waitFor(reason: string | null): void;
  began(): void;
  ended(): void;
  sampled(lags: readonly StageLag[]): void;
  health(): StageHealth;
};

type Seen = { committed: number; since: number };
const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Partitions of ours that lag, with the moment since which each has not moved. */
function moved(seen: Map<string, Seen>, lags: readonly StageLag[], mine: ReadonlySet<string>, now: number): Map<string, Seen> {
  const behind = lags.filter((lag) => lag.stage === 'record' && lag.lag > 0 && mine.has(keyOf(lag)));
  return new Map(
    behind.map((lag) => {
      const [key, committed] = [keyOf(lag), lag.committed ?? -1];
      const before = seen.get(key);
      return [key, before?.committed === committed ? before : { committed, since: now }];
    }),
  );
}

/** @param now the clock, milliseconds since 1970 */
export function createProgress(now: () => number): Progress {
  let mine = new Set<string>();
  let seen = new Map<string, Seen>();
  let [broken, waiting]: (string | null)[] = ['it has not joined its group yet', null];
  let since: number | null = null;
  const stalled = (): string[] => [...seen].filter(([, { since }]) => now() - since >= STALLED_MS).map(([key]) => `no progress on ${key}`);
  const slow = (): string[] => (since !== null && now() - since >= STALLED_MS ? ['a batch takes longer than 30 s'] : []);
  return {
    assigned(partitions) {
      mine = new Set(partitions.map(keyOf));
      seen = new Map();
      broken = null;
    },
    broken: (reason) => {
      broken = reason;
    },
    waitFor: (reason) => {
      waiting = reason;
    },
    began: () => {
      since = now();
    },
    ended: () => {
      since = null;
      waiting = null;
    },
    sampled: (lags) => {
      seen = moved(seen, lags, mine, now());
    },
    health() {
      const reasons = [broken, waiting].filter((reason) => reason !== null && reason !== undefined).concat(stalled(), slow());
      return { ready: reasons.length === 0, reasons };
    },
  };
}
