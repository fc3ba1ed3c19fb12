/** Keeps a copy of the flags current: by news as they come, by asking every few seconds whether any were missed, and by fetching everything when so. */
import type { CompiledFlag } from '../domain/flags/compile.ts';
import type { FlagListener, FlagState } from '../domain/flags/reader.ts';
import { changedFlags, emptyReplica, type FlagNews, type Replica, replicaAfter, replicaOf } from '../domain/flags/replica.ts';
import { createFreshness } from './flag-freshness.ts';
import { createRefresher } from './flag-refresh.ts';
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
  /** Resolves with the first copy; it never rejects, for a source that is away is asked until it answers. */
  loaded: Promise<void>;
  onChange(listener: FlagListener): () => void;
  close(): Promise<void>;
};

/** Starts at once. */
export function startReplica(source: FlagSource, counters: Counters, { pollMs, maxAgeMs, now, onError }: ReplicaOptions): LiveReplica {
  const { promise: loaded, resolve: isLoaded } = Promise.withResolvers<void>();
  let replica: Replica = emptyReplica;
  let [connected, closed] = [false, false];
  const freshness = createFreshness(() => replica.revision, maxAgeMs, now, onError);

  function take(next: Replica): void {
    const ids = changedFlags(replica, next);
    replica = next;
    if (ids.length > 0) freshness.tell(ids);
  }

  async function fetchOnce(): Promise<boolean> {
    try {
      const copy = await source.load(replica.revision);
      if (closed) return true;
      if (copy !== null) {
        counters.loaded();
        take(replicaOf(copy, replica, now));
      }
      freshness.confirm();
      isLoaded();
      return true;
    } catch (error) {
      if (closed) return false;
      counters.failed();
      freshness.doubt((error as Error).message);
      onError(error as Error);
      return false;
    }
  }

  const refresher = createRefresher(fetchOnce, pollMs);

  function hear(news: FlagNews): void {
    const next = replicaAfter(news, replica, now);
    if (next === null) {
      refresher.now();
      return;
    }
    counters.told();
    take(next);
    if (connected) freshness.confirm();
  }

  source.watch({
    news: hear,
    connected(is) {
      connected = is;
      if (is) refresher.now();
      else freshness.doubt('the connection to the source is lost');
    },
  });
  refresher.now();

  return {
    find: (flagId) => replica.flags.get(flagId),
    flags: () => replica.flags,
    stale: freshness.stale,
    state: freshness.state,
    loaded,
    onChange: freshness.onChange,
    async close() {
      closed = true;
      refresher.stop();
      freshness.stop();
      await source.close();
    },
  };
}
