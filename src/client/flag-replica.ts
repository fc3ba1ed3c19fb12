/** Keeps a copy of the flags current: by news as they come, by asking every few seconds whether any were missed, and by fetching everything when so. */
import type { CompiledFlag } from '../domain/flags/compile.ts';
import type { FlagListener, FlagState } from '../domain/flags/reader.ts';
import { changedFlags, emptyReplica, type FlagNews, type Replica, replicaAfter, replicaOf } from '../domain/flags/replica.ts';
import type { FlagSource } from './flag-source.ts';
import type { Counters } from './flag-statistics.ts';

export type ReplicaOptions = {
  /** How often it is asked whether anything was missed, milliseconds. Default 5,000. */
  pollMs: number;
  /** A copy that was not confirmed for this long is stale, milliseconds. Default 60,000. */
  maxAgeMs: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told why the flags cannot be had; it is tried again in any case. */
  onError: (error: Error) => void;
};

export type LiveReplica = {
  find(flagId: string): CompiledFlag | undefined;
  flags(): ReadonlyMap<string, CompiledFlag>;
  stale(): boolean;
  state(): FlagState;
  /** Resolves with the first copy. */
  loaded: Promise<void>;
  onChange(listener: FlagListener): () => void;
  close(): Promise<void>;
};

const FIRST_RETRY_MS = 100;

/** Starts at once. `loaded` never rejects: a source that is away is asked until it answers. */
export function startReplica(source: FlagSource, counters: Counters, options: ReplicaOptions): LiveReplica {
  const { pollMs, maxAgeMs, now, onError } = options;
  const { promise: loaded, resolve: isLoaded } = Promise.withResolvers<void>();
  const listeners = new Set<FlagListener>();
  let replica: Replica = emptyReplica;
  let [stale, connected, closed, again] = [true, false, false, false];
  let confirmedAt: number | null = null;
  let problem: string | null = 'no copy has arrived yet';
  let failures = 0;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const state = (): FlagState => ({ revision: replica.revision, stale, confirmedAt, problem });

  function tell(ids: readonly string[]): void {
    for (const listener of listeners)
      try {
        listener(ids, state());
      } catch (error) {
        // A listener's own fault must not stop the flags of everybody else.
        onError(error as Error);
      }
  }

  function setStale(is: boolean): void {
    if (stale === is) return;
    stale = is;
    tell([]);
  }

  function take(next: Replica): void {
    const ids = changedFlags(replica, next);
    replica = next;
    if (ids.length > 0) tell(ids);
  }

  function confirm(): void {
    [confirmedAt, failures, problem] = [now(), 0, null];
    setStale(false);
    isLoaded();
  }

  function fail(error: Error): void {
    counters.failed();
    failures += 1;
    problem = error.message;
    setStale(true);
    onError(error);
  }

  async function load(): Promise<void> {
    try {
      const copy = await source.load(replica.revision);
      if (closed) return;
      if (copy !== null) {
        counters.loaded();
        take(replicaOf(copy, replica, now));
      }
      confirm();
    } catch (error) {
      if (!closed) fail(error as Error);
    }
  }

  /** One at a time; asked meanwhile, once more afterwards, for the answer that is under way may be older than the question. */
  function refresh(): void {
    if (closed) return;
    if (running) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = load().finally(() => {
      running = null;
      const waitMs = again ? 0 : failures > 0 ? Math.min(pollMs, FIRST_RETRY_MS * 2 ** Math.min(failures, 10)) : pollMs;
      again = false;
      if (!closed) timer = setTimeout(refresh, waitMs).unref();
    });
  }

  function hear(news: FlagNews): void {
    const next = replicaAfter(news, replica, now);
    if (next === null) {
      refresh();
      return;
    }
    counters.told();
    take(next);
    if (connected && replica.revision !== null) confirm();
  }

  source.watch({
    news: hear,
    connected(is) {
      connected = is;
      if (is) refresh();
      else {
        problem = 'the connection to the source is lost';
        setStale(true);
      }
    },
  });
  refresh();
  // Also while a request hangs: age alone makes a copy stale.
  const ageing = setInterval(
    () => {
      if (confirmedAt === null || now() - confirmedAt > maxAgeMs) setStale(true);
    },
    Math.min(1000, maxAgeMs),
  ).unref();

  return {
    find: (flagId) => replica.flags.get(flagId),
    flags: () => replica.flags,
    stale: () => stale,
    state,
    loaded,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(ageing);
      await source.close();
    },
  };
}
