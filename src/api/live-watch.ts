/** Looks for changes on behalf of every open stream of a scope: one question every two seconds, however many listen, and none when nobody does. */
import { type LiveKind, type LiveRow, liveKinds, newestWrites } from '../query/live.ts';
import type { Scope } from '../query/scope.ts';
import { ask, type Rows } from '../query/statement.ts';

/** When the newest of each kind was written, ms since 1970. */
export type Newest = Record<LiveKind, number>;
type Listener = (newest: Newest) => void;
type Watched = { listeners: Set<Listener>; newest: Newest | null; timer: NodeJS.Timeout | null };

const POLL_MS = 2_000;

export const newestOf = (rows: readonly LiveRow[]): Newest =>
  Object.fromEntries(liveKinds.map((kind) => [kind, rows.find((row) => row.kind === kind)?.at ?? 0])) as Newest;

export type Watch = {
  /** Calls the listener with what is known, soon and then whenever it has changed. Answers how to stop that. */
  listen(scope: Scope, listener: Listener): () => void;
};

/** @param now the clock, ms since 1970 */
export function createWatch(clickhouse: Rows, now: () => number): Watch {
  const watched = new Map<string, Watched>();

  async function look(scope: Scope, one: Watched): Promise<void> {
    // An outage changes nothing that could be told; the next look finds what was missed.
    const rows = await ask(clickhouse, newestWrites(scope, now())).catch(() => null);
    if (rows === null) return;
    const newest = newestOf(rows);
    const same = one.newest !== null && liveKinds.every((kind) => one.newest?.[kind] === newest[kind]);
    one.newest = newest;
    if (!same) for (const listener of one.listeners) listener(newest);
  }

  function schedule(scope: Scope, one: Watched, delayMs: number): void {
    one.timer = setTimeout(async () => {
      await look(scope, one);
      if (one.listeners.size > 0) schedule(scope, one, POLL_MS);
    }, delayMs).unref();
  }

  function stop(key: string, one: Watched): void {
    if (one.timer !== null) clearTimeout(one.timer);
    watched.delete(key);
  }

  return {
    listen(scope, listener) {
      const key = JSON.stringify(scope.tenantId);
      const one = watched.get(key) ?? { listeners: new Set(), newest: null, timer: null };
      watched.set(key, one);
      one.listeners.add(listener);
      if (one.newest !== null) listener(one.newest);
      if (one.timer === null) schedule(scope, one, 0);
      return () => {
        one.listeners.delete(listener);
        if (one.listeners.size === 0) stop(key, one);
      };
    },
  };
}
