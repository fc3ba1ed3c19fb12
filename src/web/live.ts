/** The change stream: says which figures have changed, and whether the API can be reached at all. */
import type { ChangedKind } from '../api/live.ts';

export type LiveState = 'connecting' | 'live' | 'polling' | 'down';
type Listener = (changed: readonly ChangedKind[]) => void;
export type Live = {
  listen(listener: Listener): () => void;
  onState(listener: (state: LiveState) => void): () => void;
  state(): LiveState;
  stop(): void;
};

/** Without the stream everything is asked again this often. */
export const FALLBACK_MS = 30_000;
/** Up to twice as long, so that not all come back at the same moment when the API does. */
const RETRY_MS = 2_000;
/** The server speaks every 15 s; after this silence the connection is dead. */
const SILENCE_MS = 40_000;
/** A kind that is missing here does not compile. */
const everyKind: Record<ChangedKind, true> = {
  data: true,
  alerts: true,
  quality: true,
  flags: true,
  messages: true,
  targets: true,
  rules: true,
  rollouts: true,
};
const everything = Object.keys(everyKind) as ChangedKind[];

type Event = { id: string; event: string; data: string };

/** The complete events of a text, and what is left of it. */
export function parseEvents(text: string): { events: Event[]; rest: string } {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.map((block) => {
    const lines = block.split('\n');
    const field = (name: string): string => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
    return { id: field('id'), event: field('event'), data: field('data') };
  });
  return { events: events.filter(({ event }) => event !== ''), rest };
}

/** Reads one connection to its end. `fetch` rather than EventSource, which cannot send the token in a header. */
async function readStream(
  token: string,
  path: string,
  lastId: string,
  signal: AbortSignal,
  heard: () => void,
  onEvent: (event: Event) => void,
) {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  if (lastId !== '') headers['last-event-id'] = lastId;
  const response = await fetch(path, { headers, signal, cache: 'no-store' });
  if (!response.ok || response.body === null) throw new Error(`the change stream answered ${response.status}`);
  heard();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const { events, rest } = parseEvents(text + value);
    text = rest;
    for (const event of events) onEvent(event);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const lookedAt = (): Promise<unknown> => new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
const isAlive = (): Promise<boolean> =>
  fetch('/health', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Connects at once and keeps connecting; `path` is that of the stream. */
export function openLive(token: string, path: string): Live {
  const listeners = new Set<Listener>();
  const watchers = new Set<(state: LiveState) => void>();
  let state: LiveState = 'connecting';
  let stopped = false;
  let lastId = '';
  let missed = false;
  let attempt = new AbortController();
  let lastHeard = Date.now();

  const setState = (next: LiveState): void => {
    if (next === state || stopped) return;
    state = next;
    for (const watcher of watchers) watcher(next);
  };
  const tell = (changed: readonly ChangedKind[]): void => {
    for (const listener of listeners) listener(changed);
  };
  const heard = (): void => {
    lastHeard = Date.now();
    setState('live');
  };
  const onEvent = ({ id, event, data }: Event): void => {
    // The first event says how things stand, which is what the page has just asked for itself, unless it had to wait for the stream.
    const known = lastId === '' && !missed;
    lastId = id || lastId;
    if (event === 'change' && !known) tell((JSON.parse(data) as { changed: ChangedKind[] }).changed);
  };

  // A browser has few connections for each server; a tab that nobody looks at leaves its own to the others.
  const seen = (): void => {
    if (document.hidden) attempt.abort();
  };
  document.addEventListener('visibilitychange', seen);

  async function connect(): Promise<void> {
    for (; !stopped; await pause(RETRY_MS * (1 + Math.random()))) {
      while (document.hidden) await lookedAt();
      if (stopped) return;
      attempt = new AbortController();
      try {
        await readStream(token, path, lastId, attempt.signal, heard, onEvent);
      } catch {
        missed = true;
        if (!document.hidden && !stopped) setState((await isAlive()) ? 'polling' : 'down');
      }
    }
  }
  const watchdog = setInterval(() => {
    if (state === 'live' && Date.now() - lastHeard > SILENCE_MS) attempt.abort();
  }, 5_000);
  const fallback = setInterval(() => {
    if (state !== 'live') tell(everything);
  }, FALLBACK_MS);
  void connect();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onState(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    state: () => state,
    stop() {
      stopped = true;
      attempt.abort();
      document.removeEventListener('visibilitychange', seen);
      clearInterval(watchdog);
      clearInterval(fallback);
    },
  };
}
