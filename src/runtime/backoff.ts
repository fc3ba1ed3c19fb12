/** Waiting out what waiting can mend: an outage is retried for as long as it lasts, visibly, and never dead-lettered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ImpactError } from '../domain/errors.ts';

const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** Doubling, capped, with jitter so that many processes do not come back at one instant. `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const capped = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return capped * (0.5 + random / 2);
}

const isOutage = (error: unknown): error is ImpactError => error instanceof ImpactError && error.code === 'unavailable';

export type WaitOptions = {
  /** Ends the waiting: the last error is thrown then. */
  signal: AbortSignal;
  /** Called before every wait, so that health can say what is waited for, and with null when it is over. What it throws ends the waiting. */
  onWait(error: Error | null): unknown;
  /** Which errors are worth waiting for. */
  retry?: (error: unknown) => boolean;
};

/**
 * Runs `work` until it succeeds.
 * @throws what `work` throws when it is not an outage, or when the signal ends the waiting
 */
export async function persist<T>(work: () => Promise<T>, options: WaitOptions): Promise<T> {
  const retry = options.retry ?? isOutage;
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await work();
      if (attempt > 0) await options.onWait(null);
      return result;
    } catch (error) {
      if (!retry(error) || options.signal.aborted) throw error;
      await options.onWait(error as Error);
      await sleep(backoffMs(attempt, Math.random()), undefined, { signal: options.signal }).catch(() => {});
      if (options.signal.aborted) throw error;
    }
  }
}
