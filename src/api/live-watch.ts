/** Looks for changes on behalf of every open stream of a scope: one question every two seconds, however many listen, and none when nobody does. */
import { type LiveKind, type LiveRow, liveKinds, newestWrites } from '../query/live.ts';
import { type Books, bookKinds, newestBooks } from '../query/live-books.ts';
import type { Database } from '../query/outbox.ts';
import type { Scope } from '../query/scope.ts';
import { ask, type Rows } from '../query/statement.ts';

/** When the newest of each kind was written, ms since 1970; 0: nothing lately. One more once that is long enough ago to be in every figure. */
export type Newest = Record<LiveKind, number>;
/** All that is looked for here: writes of figures, and books. */
export type Found = Newest & Books;
/** `figures`: of the tenant that was chosen; `books`: of all that the token may see, for what people set is not shown by that choice. */
export type Watchable = { figures: Scope; books: Scope };
type Listener = (found: Found) => void;
type Watched = {
  listeners: Set<Listener>;
  writes: Newest | null;
  books: Books | null;
  found: Found | null;
  timer: NodeJS.Timeout | null;
};

const POLL_MS = 2_000;
/** How far back the first look goes; later ones begin where the one before ended. */
const LATELY_MS = 300_000;
/** Inserts become visible in another order than that of their times. */
const OVERLAP_MS = 5_000;
/** A write is told at once, and once more when the rollups and whatever else is made of it are surely there. */
const SETTLED_MS = 10_000;

const ofKinds = (time: (kind: LiveKind) => number): Newest => Object.fromEntries(liveKinds.map((kind) => [kind, time(kind)])) as Newest;

/** What was known, and what was found since. */
export const laterOf = (known: Newest | null, rows: readonly LiveRow[]): Newest =>
  ofKinds((kind) => Math.max(known?.[kind] ?? 0, rows.find((row) => row.kind === kind)?.at ?? 0));

export const toldOf = (writes: Newest, now: number): Newest =>
  ofKinds((kind) => writes[kind] + (writes[kind] > 0 && now - writes[kind] >= SETTLED_MS ? 1 : 0));

export const sinceOf = (writes: Newest | null, now: number): Newest =>
  ofKinds((kind) => (writes !== null && writes[kind] > 0 ? writes[kind] - OVERLAP_MS : now - LATELY_MS));

export type Watch = {
  /** Calls the listener with what is known, soon and then whenever it has changed. Answers how to stop that. */
  listen(of: Watchable, listener: Listener): () => void;
};

type Sources = { clickhouse: Rows; postgres: Database; now: () => number };

/** @param now the clock, ms since 1970 */
export function createWatch({ clickhouse, postgres, now }: Sources): Watch {
  const watched = new Map<string, Watched>();

  async function look(of: Watchable, one: Watched): Promise<void> {
    // An outage changes nothing that could be told; the next look finds what was missed.
    const [rows, books] = await Promise.all([
      ask(clickhouse, newestWrites(of.figures, sinceOf(one.writes, now()))).catch(() => null),
      newestBooks(postgres, of.books).catch(() => null),
    ]);
    one.writes = rows === null ? one.writes : laterOf(one.writes, rows);
    one.books = books ?? one.books;
    if (one.writes === null || one.books === null) return;
    const found = { ...toldOf(one.writes, now()), ...one.books };
    const same = [...liveKinds, ...bookKinds].every((kind) => one.found?.[kind] === found[kind]);
    one.found = found;
    if (!same) for (const listener of one.listeners) listener(found);
  }

  function schedule(of: Watchable, one: Watched, delayMs: number): void {
    one.timer = setTimeout(async () => {
      await look(of, one);
      if (one.listeners.size > 0) schedule(of, one, POLL_MS);
    }, delayMs).unref();
  }

  function stop(key: string, one: Watched): void {
    if (one.timer !== null) clearTimeout(one.timer);
    watched.delete(key);
  }

  return {
    listen(of, listener) {
      const key = JSON.stringify([of.figures.tenantId, of.books.tenantId]);
      const one = watched.get(key) ?? { listeners: new Set(), writes: null, books: null, found: null, timer: null };
      watched.set(key, one);
      one.listeners.add(listener);
      if (one.found !== null) listener(one.found);
      if (one.timer === null) schedule(of, one, 0);
      return () => {
        one.listeners.delete(listener);
        if (one.listeners.size === 0) stop(key, one);
      };
    },
  };
}
