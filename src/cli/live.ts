/** Generated events at the pace of the clock: event time is now. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeatureEvent } from '../domain/event.ts';
import type { Scenario } from '../domain/generate/scenario.ts';
import { generateEvents } from '../domain/generate.ts';
import type { Sender } from './send.ts';

/** Events are sent in slices of this length, so that they arrive while they happen. */
const SLICE_MS = 200;

export type LiveOptions = {
  scenario: Scenario;
  /** First moment that is emitted, milliseconds since 1970. */
  from: number;
  /** Ends here, or earlier when `signal` aborts; null: only then. */
  until: number | null;
  signal: AbortSignal;
  now: () => number;
  onSent: (batch: readonly FeatureEvent[]) => void;
};

/**
 * Emits what happens from `from` on, each slice once its time has come. After a slow moment it catches up, so no event is left out.
 * @returns the first moment that was not emitted any more
 */
export async function emitLive(sender: Sender, options: LiveOptions): Promise<number> {
  const { scenario, until, signal, now } = options;
  let reached = options.from;
  while (!signal.aborted && (until === null || reached < until)) {
    const target = Math.min(now(), until ?? Number.POSITIVE_INFINITY);
    const batch = target > reached ? [...generateEvents(scenario, reached, target)] : [];
    await sender.send(batch);
    options.onSent(batch);
    reached = Math.max(reached, target);
    if (reached !== until) await sleep(SLICE_MS, undefined, { signal }).catch(() => undefined);
  }
  return reached;
}
