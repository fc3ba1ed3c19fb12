/** Requests to the API: JSON in, JSON out, refusals as one kind of error. */
import type { ProblemDocument } from '../api/schemas.ts';

/** What the API refused, with every fault that it named. */
export class Refused extends Error {
  readonly status: number;
  readonly problems: readonly { field: string; value: string; expected: string }[];
  constructor(status: number, document: Partial<ProblemDocument>) {
    super(document.detail ?? document.title ?? `the API answered ${status}`);
    this.name = 'Refused';
    this.status = status;
    this.problems = document.problems ?? [];
  }
}

/** Requests under way, on the root of the page: who looks from outside can wait until nothing is missing. */
let pending = 0;
const count = (change: number): void => {
  pending += change;
  document.documentElement.dataset['pending'] = String(pending);
};

export type Answer<T> = { data: T; etag: string | null };
export type Ask = <T>(path: string, options?: AskOptions) => Promise<Answer<T>>;
export type AskOptions = { method?: string; body?: unknown; ifMatch?: string; signal?: AbortSignal };

async function documentOf(response: Response): Promise<unknown> {
  const text = await response.text();
  return /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text;
}

function headersOf(token: string, { body, ifMatch }: AskOptions): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
  };
}

/**
 * Asks with this token.
 * @param onSignedOut called when the token is no longer taken
 */
export function createAsk(token: string, onSignedOut: () => void): Ask {
  return async <T>(path: string, options: AskOptions = {}): Promise<Answer<T>> => {
    const { method = 'GET', body, signal } = options;
    const init: RequestInit = { method, headers: headersOf(token, options), cache: 'no-cache' };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    count(1);
    const response = await fetch(path, init).finally(() => count(-1));
    const document = await documentOf(response);
    if (response.status === 401) onSignedOut();
    if (!response.ok) throw new Refused(response.status, document as Partial<ProblemDocument>);
    return { data: document as T, etag: response.headers.get('etag') };
  };
}

/** "/x?a=1": what is undefined, null or empty is left out, lists are repeated. */
export function pathOf(path: string, query: Record<string, string | number | boolean | readonly string[] | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}
