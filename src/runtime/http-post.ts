/** One JSON request to a service that takes messages, and what its answer means. */
import { isTransient, type Outcome, retryAfterMs } from '../domain/notify/send.ts';

export type Posted = { status: number; headers: Headers; text: string };

const SHOWN = 300;

/** A redirect would carry secrets somewhere else, so it is an error. @throws when there is no answer within `timeoutMs` */
export async function postJson(url: string, body: object, headers: Record<string, string>, timeoutMs: number): Promise<Posted> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'impactstream', ...headers },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Taken, worth another attempt, or refused for good. */
export function outcomeOf({ status, headers, text }: Posted, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent', status };
  const error = `answered ${status}: ${text.slice(0, SHOWN)}`;
  if (!isTransient(status)) return { kind: 'refused', status, error };
  const asked = retryAfterMs(headers.get('retry-after'), now);
  return { kind: 'retry', status, error, ...(asked === undefined ? {} : { retryAfterMs: asked }) };
}

/** No answer at all: the words of the innermost cause, which name what was wrong. */
export function unanswered(thrown: unknown): Outcome {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return { kind: 'retry', status: null, error: `no answer: ${cause instanceof Error ? cause.message || cause.name : String(cause)}` };
}
