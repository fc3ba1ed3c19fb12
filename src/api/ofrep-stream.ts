/** OFREP's change stream: server-sent events that say "ask again" whenever a flag has changed. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import type { ApiDeps, App } from './deps.ts';
import { STREAM_PATH } from './ofrep-answer.ts';
import { answers } from './schemas.ts';

/** Proxies close what is silent for long. */
const HEARTBEAT_MS = 15_000;
/** Then the client reconnects by itself, and its token is looked at again: a revoked one hears no more. */
const LONGEST_MS = 3_600_000;
const RETRY_MS = 2_000;
/** Of one process. */
const MOST_STREAMS = 1_000;
/** Who reads nothing while this much waits is let go. */
const MOST_WAITING_BYTES = 65_536;

const event = (revision: string): string =>
  `id: ${revision}\nevent: message\ndata: ${JSON.stringify({ type: 'refetchEvaluation', etag: `"${revision}"` })}\n\n`;

/**
 * The text of one stream. It begins with an event unless the client knows the present revision: the flags may have changed between
 * the client's last request and this one.
 */
function openStream(reader: Pick<FlagReader, 'state' | 'onChange'>, lastEventId: string | undefined): Readable {
  const stream = new Readable({ read() {}, highWaterMark: MOST_WAITING_BYTES });
  const say = (text: string): void => {
    if (!stream.push(text)) stream.destroy();
  };
  const tell = (revision: string | null): void => {
    if (revision !== null && revision !== lastEventId) say(event(revision));
    lastEventId = revision ?? lastEventId;
  };
  const stop = reader.onChange((ids, state) => {
    if (ids.length > 0) tell(state.revision);
  });
  const heartbeat = setInterval(() => say(':\n\n'), HEARTBEAT_MS).unref();
  const end = setTimeout(() => stream.push(null), LONGEST_MS).unref();
  stream.once('close', () => {
    stop();
    clearInterval(heartbeat);
    clearTimeout(end);
  });
  say(`retry: ${RETRY_MS}\n\n`);
  tell(reader.state().revision);
  return stream;
}

export function addOfrepStream(app: App, { flagReader }: ApiDeps): void {
  const open = new Set<Readable>();
  // Streams never end by themselves in time, and would hold up the end of this process.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.push(null);
  });
  const summary =
    'Server-sent events of the type refetchEvaluation, one for each change of flags; the address is in the answers of evaluations';
  const events = { description: 'Events until the client leaves', content: { 'text/event-stream': { schema: Type.String() } } };
  app.get(
    STREAM_PATH,
    {
      exposeHeadRoute: false,
      config: { apiKey: true, ticket: true, cacheable: false },
      schema: {
        tags: ['remote evaluation'],
        security: [{ token: [] }, { apiKey: [] }, { ticket: [] }],
        summary,
        querystring: Type.Object({ ticket: Type.Optional(Type.String({ maxLength: 256 })) }),
        response: { ...answers(Type.String()), 200: events },
      },
    },
    async (request, reply) => {
      if (open.size >= MOST_STREAMS)
        throw new ImpactError('unavailable', `this process has ${MOST_STREAMS} streams open already; poll instead`);
      const lastEventId = request.headers['last-event-id'];
      const stream = openStream(flagReader, typeof lastEventId === 'string' ? lastEventId : undefined);
      open.add(stream);
      stream.once('close', () => open.delete(stream));
      reply.type('text/event-stream').header('x-accel-buffering', 'no');
      return reply.send(stream as never);
    },
  );
}
