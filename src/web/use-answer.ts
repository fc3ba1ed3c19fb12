/** An answer of the API that stays up to date: asked again when its kind of figures changes; the last one stays while the next is missing. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ChangedKind } from '../api/live.ts';
import { Refused } from './ask.ts';
import { useView } from './context.ts';

export type Answered<T> = {
  data: T | null;
  etag: string | null;
  error: Error | null;
  /** Nothing is there yet. */
  loading: boolean;
  /** There is something, and the last try to renew it failed. */
  stale: boolean;
  /** When `data` came, ms since 1970. */
  at: number;
  path: string | null;
  reload: () => void;
};

type State<T> = { path: string | null; data: T | null; etag: string | null; error: Error | null; at: number };

/** Figures that change all the time are asked for at most this often. */
const THROTTLE_MS = 4_000;
const RETRY_MS = 3_000;

const isRefused = (error: Error | null): boolean => error instanceof Refused && error.status < 500;

/**
 * @param path null: nothing is asked for (yet)
 * @param kinds whose changes make this answer old
 */
export function useAnswer<T>(path: string | null, kinds: readonly ChangedKind[] = ['data']): Answered<T> {
  const { ask, live } = useView();
  const [state, setState] = useState<State<T>>({ path: null, data: null, etag: null, error: null, at: 0 });
  const [turn, setTurn] = useState(0);
  const asked = useRef(0);
  const pending = useRef<ReturnType<typeof setTimeout> | null>(null);
  const reload = useCallback(() => setTurn((before) => before + 1), []);

  const soon = useCallback(
    (delayMs: number) => {
      pending.current ??= setTimeout(() => {
        pending.current = null;
        reload();
      }, delayMs);
    },
    [reload],
  );

  useEffect(() => {
    if (path === null) return;
    const ending = new AbortController();
    asked.current = Date.now();
    ask<T>(path, { signal: ending.signal }).then(
      ({ data, etag }) => setState({ path, data, etag, error: null, at: Date.now() }),
      (error: Error) => {
        if (ending.signal.aborted) return;
        setState((before) => (before.path === path ? { ...before, error } : { path, data: null, etag: null, error, at: 0 }));
        if (!isRefused(error)) soon(RETRY_MS);
      },
    );
    return () => ending.abort();
  }, [path, turn, ask, soon]);

  useEffect(() => {
    const wanted = new Set(kinds);
    const stop = live.listen((changed) => {
      if (!changed.some((kind) => wanted.has(kind)) || document.hidden) return;
      soon(Math.max(0, asked.current + THROTTLE_MS - Date.now()));
    });
    const woken = (): void => {
      if (!document.hidden) soon(0);
    };
    document.addEventListener('visibilitychange', woken);
    return () => {
      stop();
      document.removeEventListener('visibilitychange', woken);
      if (pending.current !== null) clearTimeout(pending.current);
      pending.current = null;
    };
  }, [live, soon, kinds.join()]);

  const mine = state.path === path;
  const data = mine ? state.data : null;
  const error = mine ? state.error : null;
  return {
    data,
    error,
    etag: mine ? state.etag : null,
    loading: path !== null && data === null && error === null,
    stale: data !== null && error !== null,
    at: mine ? state.at : 0,
    path,
    reload,
  };
}
