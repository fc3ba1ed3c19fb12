/** Statements of a replay: outages are waited out, and between two statements it can be ended. */
import type { Statement } from '../../src/query/statement.ts';
import { persist } from '../../src/runtime/backoff.ts';
import type { Log } from '../../src/runtime/log.ts';

export type RunDeps = {
  log: Log;
  clickhouse: { commandEverywhere(text: string, params?: Record<string, unknown>): Promise<void> };
  /** Ends the replay between two statements; it can be resumed. */
  signal?: AbortSignal;
  /** Told why nothing goes on at the moment. */
  onWait?(reason: string): void;
};

/** Runs `work` until it succeeds. @throws what `work` throws when it is no outage, or the signal's reason */
export async function persistent<T>(deps: Pick<RunDeps, 'log' | 'signal' | 'onWait'>, work: () => Promise<T>): Promise<T> {
  const signal = deps.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  return persist(work, {
    signal,
    onWait(error) {
      if (error === null) return;
      deps.log.warn({ component: 'clickhouse', error: error.message }, 'waiting for a component that does not answer');
      deps.onWait?.(error.message);
    },
  });
}

/** On every shard. */
export const run = (deps: RunDeps, { text, params }: Statement<never>): Promise<void> =>
  persistent(deps, () => deps.clickhouse.commandEverywhere(text, params));
