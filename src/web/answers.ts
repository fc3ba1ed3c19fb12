/** Answers of the API by their path: all who show the same path share one request, and the last answer stays while the next is missing. */
import type { ChangedKind } from '../api/live.ts';
import { type Ask, Refused } from './ask.ts';

/** `at`: when `data` came, ms since 1970. */
export type Known = { data: unknown; etag: string | null; error: Error | null; at: number };
/** `kinds`: whose changes make the answer old. `everyMs`: asked again at most so often, however often they change. */
export type Watcher = { kinds: readonly ChangedKind[]; everyMs: number; renewed: () => void };

type Entry = {
  known: Known;
  watchers: Set<Watcher>;
  asking: AbortController | null;
  askedAt: number;
  /** Another answer is wanted when this one is there, so long after it was asked for. */
  again: number | null;
  timer: ReturnType<typeof setTimeout> | null;
  /** When the timer is due, ms since 1970. */
  dueAt: number;
  /** Asked before anyone wanted it, and not yet taken. */
  early: boolean;
};

export type Answers = {
  /** Asks before anyone shows it. */
  prepare(path: string): void;
  known(path: string): Known;
  /** Keeps the answer up to date until the returned function is called. */
  watch(path: string, watcher: Watcher): () => void;
  /** Asks at once, whatever is under way: what was answered before has been changed. */
  reload(path: string): void;
  /** Asks soon for what shows figures of these kinds. */
  changed(kinds: readonly ChangedKind[]): void;
  stop(): void;
};

const RETRY_MS = 3_000;
/** Answers kept that nobody shows at this moment, so that the way back to a page is short. */
const MOST_UNWATCHED = 20;

const nothing: Known = { data: null, etag: null, error: null, at: 0 };
const isRefused = (error: Error | null): boolean => error instanceof Refused && error.status < 500;

function cancel(entry: Entry): void {
  if (entry.timer !== null) clearTimeout(entry.timer);
  entry.timer = null;
}

/** The page: what nobody looks at is not kept up to date. */
type Page = Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;

export function createAnswers(ask: Ask, page: Page = document): Answers {
  const entries = new Map<string, Entry>();

  function entryOf(path: string): Entry {
    const entry = entries.get(path) ?? {
      known: nothing,
      watchers: new Set<Watcher>(),
      asking: null,
      askedAt: 0,
      again: null,
      timer: null,
      dueAt: 0,
      early: false,
    };
    // The last one is the one that was wanted last.
    entries.delete(path);
    entries.set(path, entry);
    return entry;
  }

  function settle(path: string, entry: Entry, known: Known): void {
    entry.known = known;
    entry.asking = null;
    for (const { renewed } of entry.watchers) renewed();
    if (known.error !== null && !isRefused(known.error)) soon(path, entry, RETRY_MS);
    else if (entry.again !== null) renew(path, entry, entry.again);
    entry.again = null;
  }

  function request(path: string, entry: Entry): void {
    const asking = new AbortController();
    entry.asking?.abort();
    cancel(entry);
    Object.assign(entry, { asking, askedAt: Date.now(), early: false });
    ask(path, { signal: asking.signal }).then(
      ({ data, etag }) => asking.signal.aborted || settle(path, entry, { data, etag, error: null, at: Date.now() }),
      (error: Error) => asking.signal.aborted || settle(path, entry, { ...entry.known, error }),
    );
  }

  function soon(path: string, entry: Entry, delayMs: number): void {
    const dueAt = Date.now() + delayMs;
    if (entry.watchers.size === 0 || (entry.timer !== null && entry.dueAt <= dueAt)) return;
    cancel(entry);
    Object.assign(entry, { dueAt, timer: setTimeout(() => request(path, entry), delayMs) });
  }

  /** A slow answer is waited for, or there would never be one while figures keep changing. */
  function renew(path: string, entry: Entry, everyMs: number): void {
    if (entry.asking) entry.again = Math.min(everyMs, entry.again ?? everyMs);
    else soon(path, entry, Math.max(0, entry.askedAt + everyMs - Date.now()));
  }

  function forgetOldest(): void {
    const unwatched = [...entries].filter(([, { watchers, asking }]) => watchers.size === 0 && asking === null);
    for (const [path] of unwatched.slice(0, -MOST_UNWATCHED)) entries.delete(path);
  }

  function leave(entry: Entry, watcher: Watcher): void {
    entry.watchers.delete(watcher);
    if (entry.watchers.size > 0) return;
    cancel(entry);
    entry.again = null;
    forgetOldest();
  }

  const woken = (): void => {
    if (!page.hidden) for (const [path, entry] of entries) renew(path, entry, 0);
  };
  page.addEventListener('visibilitychange', woken);

  return {
    prepare(path) {
      const entry = entryOf(path);
      request(path, entry);
      entry.early = true;
    },
    known: (path) => entries.get(path)?.known ?? nothing,
    watch(path, watcher) {
      const entry = entryOf(path);
      const awaited = entry.watchers.size > 0 || entry.asking !== null || entry.early;
      entry.watchers.add(watcher);
      if (!awaited || entry.known.error !== null) request(path, entry);
      entry.early = false;
      return () => leave(entry, watcher);
    },
    reload: (path) => request(path, entryOf(path)),
    changed(kinds) {
      if (page.hidden) return;
      for (const [path, entry] of entries) {
        const touched = [...entry.watchers].filter((watcher) => watcher.kinds.some((kind) => kinds.includes(kind)));
        if (touched.length > 0) renew(path, entry, Math.min(...touched.map(({ everyMs }) => everyMs)));
      }
    },
    stop() {
      page.removeEventListener('visibilitychange', woken);
      for (const entry of entries.values()) {
        entry.asking?.abort();
        cancel(entry);
      }
      entries.clear();
    },
  };
}
