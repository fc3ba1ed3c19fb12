/** Flags from the API, for services that have no way to Redis: one request waits there until something changes, so changes arrive as quickly. */
import { ImpactError } from '../domain/errors.ts';
import { isCopy } from '../domain/flags/keyspace.ts';
import { parseStoredFlag } from '../domain/flags/parse.ts';
import type { FlagCopy } from '../domain/flags/replica.ts';
import type { FlagSource, SourceListener } from './flag-source.ts';

export type ApiFlagsOptions = {
  /** Where the API is, for example http://127.0.0.1:8000. */
  url: string;
  /** A token that may read every tenant: a tenant's own sees too little of a flag to evaluate it. */
  token: string;
  /** How long one request may wait for a change, seconds. Default 25. */
  waitSeconds?: number;
  /** One request may take this long beyond its waiting, milliseconds. Default 5,000. */
  timeoutMs?: number;
};

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

const away = (detail: string, cause?: unknown): ImpactError => new ImpactError('unavailable', detail, cause === undefined ? {} : { cause });

/** @throws ImpactError for what is no copy. Flags that this version cannot read are left out. */
function copyIn(body: unknown, at: string): FlagCopy {
  if (!isCopy(body)) throw away(`${at} answered something other than flags`);
  const parsed = body.flags.map(parseStoredFlag);
  return { revision: body.revision, flags: parsed.flatMap((one) => (one.ok ? [one.flag] : [])) };
}

type Ask = (query: Record<string, string>, signal: AbortSignal) => Promise<FlagCopy | null>;

function createAsk({ url, token }: ApiFlagsOptions): Ask {
  return async (query, signal) => {
    const target = new URL(`/api/v1/flag-copy?${new URLSearchParams(query)}`, url);
    const response = await fetch(target, { headers: { authorization: `Bearer ${token}` }, signal }).catch((cause: unknown) => {
      throw away(`no answer from ${target.origin}`, cause);
    });
    if (response.status === 204) return null;
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok)
      throw away(`${target.origin} answered ${response.status}: ${(body as { detail?: string } | null)?.detail ?? response.statusText}`);
    return copyIn(body, target.origin);
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** A source that asks once for everything, and then again and again for what comes next. */
export function apiFlags(options: ApiFlagsOptions): FlagSource {
  const { waitSeconds = 25, timeoutMs = 5_000 } = options;
  const ask = createAsk(options);
  const ending = new AbortController();
  let newest: string | null = null;
  /** What the waiting request has brought; the client fetches it from here. */
  let heard: FlagCopy | null = null;
  const limited = (ms: number): AbortSignal => AbortSignal.any([ending.signal, AbortSignal.timeout(ms)]);

  async function load(revision: string | null): Promise<FlagCopy | null> {
    const copy = heard ?? (await ask(revision === null ? {} : { after: revision }, limited(timeoutMs)));
    heard = null;
    newest = copy?.revision ?? newest;
    return copy;
  }

  async function listen(listener: SourceListener): Promise<void> {
    for (let failures = 0; !ending.signal.aborted; ) {
      try {
        const known = newest;
        const copy =
          known === null ? null : await ask({ after: known, waitSeconds: String(waitSeconds) }, limited(waitSeconds * 1000 + timeoutMs));
        if (known === null) await pause(FIRST_PAUSE_MS, ending.signal);
        heard = copy;
        newest = copy?.revision ?? newest;
        if (copy !== null || failures > 0) listener.connected(true);
        failures = 0;
      } catch {
        if (ending.signal.aborted) return;
        failures += 1;
        listener.connected(false);
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), ending.signal);
      }
    }
  }

  return {
    load,
    watch: (listener) => void listen(listener),
    close: async () => ending.abort(),
  };
}
