/** GET /api/v1/live: server-sent events that say what has changed, so that whoever shows figures knows when to ask again. */
import { Type } from 'typebox';
import type { FlagReader } from '../domain/flags/reader.ts';
import { liveKinds } from '../query/live.ts';
import { bookKinds } from '../query/live-books.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { createStreams, eventAnswers, HEARTBEAT_MS, lastEventId, type Telling } from './event-streams.ts';
import { createWatch, type Found, type Watch, type Watchable } from './live-watch.ts';
import { TenantId } from './schemas.ts';

/** In this order they stand in the id of an event: new ones at the end, so that ids of a process before this one can be read. */
const kinds = [...liveKinds, 'flags', ...bookKinds] as const;
export type ChangedKind = (typeof kinds)[number];
/** The state of everything that changes; as text it is the id of an event, so that any process can tell what was missed. */
export type LiveState = Found & { flags: string };

export const stateText = (state: LiveState): string => kinds.map((kind) => state[kind]).join('~');

/** What differs between the state that the client knows and this one; everything when the client knows none that can be read. */
export function changedKinds(known: string | null, state: LiveState): ChangedKind[] {
  const parts = known?.split('~') ?? [];
  return kinds.filter((kind, i) => parts[i] !== String(state[kind]));
}

const eventText = (state: LiveState, changed: readonly ChangedKind[], at: number): string =>
  `id: ${stateText(state)}\nevent: change\ndata: ${JSON.stringify({ changed, at: new Date(at).toISOString() })}\n\n`;

type Listening = { watch: Watch; flagReader: Pick<FlagReader, 'state' | 'onChange'>; now: () => number };

/** @param known the state that the client has, as text */
function tellChanges({ watch, flagReader, now }: Listening, of: Watchable, known: string | null): Telling {
  return (say) => {
    let found: Found | null = null;
    const tell = (): void => {
      if (found === null) return;
      const state = { ...found, flags: flagReader.state().revision ?? '' };
      const changed = changedKinds(known, state);
      known = stateText(state);
      if (changed.length > 0) say(eventText(state, changed, now()));
    };
    const listen = (newest: Found): void => {
      found = newest;
      tell();
    };
    return [watch.listen(of, listen), flagReader.onChange(tell)];
  };
}

export function addLive(app: App, deps: ApiDeps): void {
  const listening = { watch: createWatch(deps), flagReader: deps.flagReader, now: deps.now };
  const stream = createStreams(app);
  const description = `Each event says which figures have changed (${kinds.join(', ')}), never what they are. The first one says how things stand;
with Last-Event-ID only what has changed since, whichever process is asked. A comment every ${HEARTBEAT_MS / 1000} s keeps the connection alive.`;
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
        response: eventAnswers,
      },
    },
    async (request, reply) => {
      const of = { figures: requestScope(request, request.query.tenant), books: callerOf(request).scope };
      return stream(reply as never, tellChanges(listening, of, lastEventId(request))) as never;
    },
  );
}
