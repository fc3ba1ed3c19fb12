/** Whether a copy is current: confirmed lately, and nothing known that speaks against it. */
import type { FlagListener, FlagState } from '../domain/flags/reader.ts';

export type Freshness = {
  stale(): boolean;
  state(): FlagState;
  /** The copy is the present one. */
  confirm(): void;
  /** It may not be, and why. */
  doubt(problem: string): void;
  /** Tells the listeners which flags have changed. */
  tell(ids: readonly string[]): void;
  onChange(listener: FlagListener): () => void;
  stop(): void;
};

const LOOK_EVERY_MS = 1000;

/**
 * @param revision of the copy
 * @param maxAgeMs a copy that was not confirmed for this long is stale
 * @param onError told what a listener threw
 */
export function createFreshness(
  revision: () => string | null,
  maxAgeMs: number,
  now: () => number,
  onError: (error: Error) => void,
): Freshness {
  const listeners = new Set<FlagListener>();
  let stale = true;
  let confirmedAt: number | null = null;
  let problem: string | null = 'no copy has arrived yet';
  const state = (): FlagState => ({ revision: revision(), stale, confirmedAt, problem });

  function tell(ids: readonly string[]): void {
    for (const listener of listeners)
      try {
        listener(ids, state());
      } catch (error) {
        // A listener's own fault must not stop the flags of everybody else.
        onError(error as Error);
      }
  }

  function become(is: boolean): void {
    if (stale === is) return;
    stale = is;
    tell([]);
  }

  function doubt(why: string): void {
    problem = why;
    become(true);
  }

  // Also while a request hangs: age alone makes a copy stale.
  const ageing = setInterval(
    () => {
      if (confirmedAt !== null && now() - confirmedAt > maxAgeMs && !stale) doubt(`not confirmed for ${maxAgeMs} ms`);
    },
    Math.min(LOOK_EVERY_MS, maxAgeMs),
  ).unref();

  return {
    stale: () => stale,
    state,
    confirm() {
      [confirmedAt, problem] = [now(), null];
      become(false);
    },
    doubt,
    tell,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => clearInterval(ageing),
  };
}
