/** How far one source has come in event time, and what that means for the next event. */

/** All in milliseconds. `delayMs`: how much disorder is waited for; `graceMs`: how long after its end a window takes late events. */
export type Patience = { delayMs: number; graceMs: number; idleMs: number; horizonMs: number };

/**
 * `maxTime`: greatest event time seen, never ahead of the record's own timestamp, so that one clock that runs ahead cannot make
 * everybody else late. `arrival`: greatest record timestamp. `through`: windows that end up to here have been told.
 */
export type SourceClock = { maxTime: number; arrival: number; through: number };

export const NEVER = Number.NEGATIVE_INFINITY;

export const newClock = (): SourceClock => ({ maxTime: NEVER, arrival: NEVER, through: NEVER });

/** Nothing older than this is waited for. */
export const watermark = (clock: SourceClock, { delayMs }: Patience): number => clock.maxTime - delayMs;

/** Moves the clock by one record. Times in milliseconds since 1970. */
export function observe(clock: SourceClock, occurredAt: number, recordTimestamp: number): void {
  clock.arrival = Math.max(clock.arrival, recordTimestamp);
  clock.maxTime = Math.max(clock.maxTime, Math.min(occurredAt, recordTimestamp));
}

/** How long after the grace of the pane that ends at `paneEnd` an event would come; 0 or less when it is in time. */
export const tooLateBy = (clock: SourceClock, paneEnd: number, patience: Patience): number =>
  watermark(clock, patience) - (paneEnd + patience.graceMs);

/** History is imported, not late: an event that old when it arrived. No window that it could change is worth an alert any more. */
export const isHistory = (clock: SourceClock, occurredAt: number, { horizonMs }: Patience): boolean =>
  occurredAt < clock.arrival - horizonMs;

/**
 * Up to where a source that has fallen silent counts as told: the wall clock takes over from event time, less the delay.
 * The watermark itself stays, so events that come after the silence are not late because of it.
 */
export const idleThrough = (now: number, { delayMs }: Patience): number => now - delayMs;
