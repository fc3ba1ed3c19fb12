/** What every stage is given, and what it is to the process that started it. */
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export type StageDeps = {
  log: Log;
  metrics: Metrics;
  /** The clock, milliseconds since 1970. */
  now: () => number;
};

/** `ready` is progress: false while there is lag and nothing has been committed for 30 s, while a component is waited for, or while the breaker holds a partition. */
export type StageHealth = { ready: boolean; reasons: string[] };

export type RunningStage = {
  name: string;
  /** Finishes or abandons what is in flight, leaves the group, releases everything. Safe to call twice. */
  stop(): Promise<void>;
  health(): StageHealth;
};
