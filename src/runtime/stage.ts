/** What a running stage is to the process that started it. */

/** `ready` is progress: false while there is lag and nothing has been committed for 30 s, while a component is waited for, or while the breaker holds a partition. */
export type StageHealth = { ready: boolean; reasons: string[] };

export type RunningStage = {
  name: string;
  /** Finishes or abandons what is in flight, leaves the group, releases everything. Safe to call twice. */
  stop(): Promise<void>;
  health(): StageHealth;
};
