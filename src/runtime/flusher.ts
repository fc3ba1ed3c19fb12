/**
 * A flush has two halves, each of which one runs at a time: a batch is inserted when it is due, and what has been inserted in the meantime is
 * finished together. While others are finished only a full batch is due: so with a backlog the next ones are on their way already, and the
 * longer that takes, the more of them are finished at once; without one a batch takes all that came until it can be finished.
 */
export type FlusherDeps<Batch, Inserted> = {
  /** The due batch, removed from wherever it filled; null when none is due. `full`: only if it can take no more. */
  take: (full: boolean) => Batch | null;
  /** How long until the batch that fills now becomes due, milliseconds; null while it is empty. */
  delayMs: () => number | null;
  /** Must not reject. Null when the batch was given up. */
  insert: (batch: Batch) => Promise<Inserted | null>;
  /** Must not reject. */
  finish: (inserted: readonly Inserted[]) => Promise<void>;
};

export type Flusher = {
  /** Starts what can start; else sees to it that this is asked again in time. */
  kick(): void;
  /** Resolves when a half has ended; at once if none runs. */
  moved(): Promise<void>;
  /** Takes no batch any more; resolves when what was taken is through. */
  stop(): Promise<void>;
};

/** So many inserted batches wait at most: whatever waits is done again after a crash, and is not to be seen before. */
const MOST_WAITING = 8;

export function createFlusher<Batch, Inserted>({ take, delayMs, insert, finish }: FlusherDeps<Batch, Inserted>): Flusher {
  const waiting: Inserted[] = [];
  let inserting: Promise<void> | null = null;
  let finishing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const arm = (): void => {
    clearTimeout(timer);
    const wait = delayMs();
    if (wait !== null && finishing === null && !stopped) timer = setTimeout(kick, Math.max(1, wait));
  };
  const insertNext = (): void => {
    if (inserting !== null || stopped || waiting.length >= MOST_WAITING) return;
    const batch = take(finishing !== null);
    if (batch === null) {
      arm();
      return;
    }
    inserting = insert(batch).then((inserted) => {
      if (inserted !== null) waiting.push(inserted);
      inserting = null;
      kick();
    });
  };
  const finishNext = (): void => {
    if (finishing !== null || waiting.length === 0) return;
    finishing = finish(waiting.splice(0)).then(() => {
      finishing = null;
      kick();
    });
  };
  const kick = (): void => {
    finishNext();
    insertNext();
  };
  const moved = (): Promise<void> => Promise.race([inserting, finishing].filter((half) => half !== null)).then(() => undefined);
  const idle = (): boolean => inserting === null && finishing === null;
  return {
    kick,
    moved: () => (idle() ? Promise.resolve() : moved()),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      while (!idle()) await moved();
    },
  };
}
