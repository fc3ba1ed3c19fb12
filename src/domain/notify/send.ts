/** What follows from an attempt to send: done, tried again later, or given up; and when a receiver that fails is left alone for a while. */

/** `gone`: the receiver wants no more, ever. `skipped`: its channel is not configured. */
export type Outcome =
  | { kind: 'sent'; status: number | null; receipt?: object }
  | { kind: 'retry'; status: number | null; error: string; retryAfterMs?: number }
  | { kind: 'refused'; status: number | null; error: string }
  | { kind: 'gone'; status: number; error: string }
  | { kind: 'skipped'; error: string };

/** `attempts` at most; the first wait is `firstMs`. */
export type RetryPolicy = { attempts: number; firstMs: number };

export type Verdict = { state: 'sent' | 'dead' | 'skipped' } | { state: 'pending'; waitMs: number };

const LONGEST_MS = 3_600_000;
/** A receiver may ask for more patience than this, but not be granted it. */
const LONGEST_ASKED_MS = 6 * 3_600_000;

/** Tripling, at most an hour, less up to half of it by chance. `random` is in [0, 1). */
export const retryWaitMs = (attempt: number, firstMs: number, random: number): number =>
  Math.round(Math.min(LONGEST_MS, firstMs * 3 ** Math.min(attempt - 1, 20)) * (1 - random / 2));

/** @param attempt the number of the attempt that had this outcome, from 1 */
export function verdictOf(outcome: Outcome, attempt: number, policy: RetryPolicy, random: number): Verdict {
  if (outcome.kind === 'sent' || outcome.kind === 'skipped') return { state: outcome.kind };
  if (outcome.kind !== 'retry' || attempt >= policy.attempts) return { state: 'dead' };
  const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_ASKED_MS);
  return { state: 'pending', waitMs: Math.max(asked, retryWaitMs(attempt, policy.firstMs, random)) };
}

/** Milliseconds that a Retry-After header asks for (seconds, or a date; RFC 9110 10.2.3); undefined where it says nothing usable. */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined;
  if (/^\s*\d{1,9}(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Statuses after which the same request may succeed later. */
export const isTransient = (status: number): boolean => status >= 500 || status === 408 || status === 425 || status === 429;

/** One receiver's recent failures. `until`: it is left alone until then, milliseconds since 1970. */
export type Circuit = { failures: number; until: number };
export const closedCircuit: Circuit = { failures: 0, until: 0 };

const BEARABLE_FAILURES = 5;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/** The pause of a receiver that asks for one or fails again and again; a success ends it. One message tries again after each pause. */
export function circuitAfter(circuit: Circuit, outcome: Outcome, now: number): Circuit {
  if (outcome.kind !== 'retry') return closedCircuit;
  const failures = circuit.failures + 1;
  const beyond = failures - BEARABLE_FAILURES;
  const pause = beyond < 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(beyond, 10));
  const asked = outcome.status === 429 ? Math.min(outcome.retryAfterMs ?? 0, LONGEST_ASKED_MS) : 0;
  return { failures, until: now + Math.max(pause, asked) };
}
