/** GET /api/v1/live: server-sent events that say what has changed, so that whoever shows figures knows when to ask again. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import { liveKinds } from '../query/live.ts';
import type { Scope } from '../query/scope.ts';
import { requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { createWatch, type Newest, type Watch } from './live-watch.ts';
import { answers, TenantId } from './schemas.ts';

/** Proxies close what is silent for long. */
const HEARTBEAT_MS = 15_000;
/** Then the client comes back by itself, and its token is looked at again. */
const LONGEST_MS = 3_600_000;
const RETRY_MS = 2_000;
/** Of one process. */
const MOST_STREAMS = 1_000;
/** Who reads nothing while this much waits is let go. */
const MOST_WAITING_BYTES = 65_536;

export type ChangedKind = (typeof liveKinds)[number] | 'flags';
/** The state of everything that changes; as text it is the id of an event, so that any process can tell what was missed. */
export type LiveState = Newest & { flags: string };

export const stateText = (state: LiveState): string => [...liveKinds.map((kind) => state[kind]), state.flags].join('~');

/** What differs between the state that the client knows and this one; everything when the client knows none that can be read. */
export function changedKinds(known: string | null, state: LiveState): ChangedKind[] {
  const parts = known?.split('~') ?? [];
  const kinds: ChangedKind[] = [...liveKinds, 'flags'];
  return kinds.filter((kind, i) => parts[i] !== String(state[kind]));
}

const eventText = (state: LiveState, changed: readonly ChangedKind[], at: number): string =>
  `id: ${stateText(state)}\nevent: change\ndata: ${JSON.stringify({ changed, at: new Date(at).toISOString() })}\n\n`;

type Listening = { watch: Watch; flagReader: Pick<FlagReader, 'state' | 'onChange'>; scope: Scope; now: () => number };

function openStream({ watch, flagReader, scope, now }: Listening, lastEventId: string | null): Readable {
  const stream = new Readable({ read() {}, highWaterMark: MOST_WAITING_BYTES });
  let known = lastEventId;
  let newest: Newest | null = null;
  const say = (text: string): void => {
    if (!stream.push(text)) stream.destroy();
  };
  const tell = (): void => {
    if (newest === null) return;
    const state = { ...newest, flags: flagReader.state().revision ?? '' };
    const changed = changedKinds(known, state);
    if (changed.length > 0) say(eventText(state, changed, now()));
    known = stateText(state);
  };
  say(`retry: ${RETRY_MS}\n\n`);
  const stops = [
    watch.listen(scope, (found) => {
      newest = found;
      tell();
    }),
    flagReader.onChange(tell),
  ];
  const heartbeat = setInterval(() => say(':\n\n'), HEARTBEAT_MS).unref();
  const end = setTimeout(() => stream.push(null), LONGEST_MS).unref();
  stream.once('close', () => {
    for (const stop of stops) stop();
    clearInterval(heartbeat);
    clearTimeout(end);
  });
  return stream;
}

export function addLive(app: App, deps: ApiDeps): void {
  const watch = createWatch(deps.clickhouse, deps.now);
  const open = new Set<Readable>();
  // Streams never end by themselves in time, and would hold up the end of this process.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.push(null);
  });
  const description = `Each event says which figures have changed (${[...liveKinds, 'flags'].join(', ')}), never what they are. The first one says how things stand;
with Last-Event-ID only what has changed since, whichever process is asked. A comment every ${HEARTBEAT_MS / 1000} s keeps the connection alive.`;
  const events = { description: 'Events until the client leaves', content: { 'text/event-stream': { schema: Type.String() } } };
  app.get(
    '/api/v1/live',
    {
      exposeHeadRoute: false,
      config: { ticket: true, cacheable: false },
      schema: {
        tags: ['operation'],
        security: [{ token: [] }, { ticket: [] }],
        summary: 'Server-sent events whenever figures have changed',
        description,
        querystring: Type.Object({ tenant: Type.Optional(TenantId), ticket: Type.Optional(Type.String({ maxLength: 256 })) }),
        response: { ...answers(Type.String()), 200: events },
      },
    },
    async (request, reply) => {
      if (open.size >= MOST_STREAMS)
        throw new ImpactError('unavailable', `this process has ${MOST_STREAMS} streams open already; poll instead`);
      const lastEventId = request.headers['last-event-id'];
      const scope = requestScope(request, request.query.tenant);
      const known = typeof lastEventId === 'string' ? lastEventId : null;
      const stream = openStream({ watch, flagReader: deps.flagReader, scope, now: deps.now }, known);
      open.add(stream);
      stream.once('close', () => open.delete(stream));
      reply.type('text/event-stream').header('x-accel-buffering', 'no');
      return reply.send(stream as never);
    },
  );
}
