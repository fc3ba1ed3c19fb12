/** An answer of the API that stays up to date, as a component shows it. */
import { useCallback, useEffect, useReducer } from 'preact/hooks';
import type { ChangedKind } from '../api/live.ts';
import type { Answers } from './answers.ts';
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

/** Figures that change all the time are asked for at most this often. */
const USUAL_MS = 4_000;

/** For those who have no view yet. */
export function useKnown<T>(answers: Answers, path: string | null, kinds: readonly ChangedKind[], everyMs = USUAL_MS): Answered<T> {
  const [, show] = useReducer((turn: number) => turn + 1, 0);
  const known = answers.known(path ?? '');
  const reload = useCallback(() => path !== null && answers.reload(path), [answers, path]);
  useEffect(() => {
    if (path === null) return;
    const leave = answers.watch(path, { kinds, everyMs, renewed: () => show(0) });
    // It may have come since this was drawn.
    if (answers.known(path) !== known) show(0);
    return leave;
  }, [answers, path, kinds.join(), everyMs]);
  const data = known.data as T | null;
  return {
    ...known,
    data,
    loading: path !== null && data === null && known.error === null,
    stale: data !== null && known.error !== null,
    path,
    reload,
  };
}

/**
 * @param path null: nothing is asked for (yet)
 * @param kinds whose changes make this answer old
 * @param everyMs asked again at most so often: what moves slowly need not be asked for with every event
 */
export const useAnswer = <T>(path: string | null, kinds: readonly ChangedKind[] = ['data'], everyMs?: number): Answered<T> =>
  useKnown<T>(useView().answers, path, kinds, everyMs);
