/** Runs one flush at a time: as soon as a batch is due, or when its time comes. What arrives meanwhile fills the next batch. */

export type Flusher = {
  /** Flushes if a batch is due and nothing is in flight; else sees to it that this is asked again in time. */
  kick(): void;
  /** Resolves when nothing is in flight any more; at once if nothing is. */
  settled(): Promise<void>;
  /** No flush starts any more. */
  stop(): void;
};

/**
 * @param take the due batch, removed from wherever it filled; null when none is due
 * @param delayMs how long until the batch that fills now becomes due; null while it is empty
 * @param flush must not reject
 */
export function createFlusher<Batch>(
  take: () => Batch | null,
  delayMs: () => number | null,
  flush: (batch: Batch) => Promise<void>,
): Flusher {
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const arm = (): void => {
    clearTimeout(timer);
    const wait = delayMs();
    if (wait !== null && !stopped) timer = setTimeout(kick, Math.max(1, wait));
  };
  const kick = (): void => {
    if (running !== null || stopped) return;
    const batch = take();
    if (batch === null) {
      arm();
      return;
    }
    running = flush(batch).finally(() => {
      running = null;
      kick();
    });
  };
  return {
    kick,
    settled: () => running ?? Promise.resolve(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
