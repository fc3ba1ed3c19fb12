/** Server-sent events to clients that stay: kept alive, bounded in number and in what waits for each, and ended with the application. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import type { App } from './deps.ts';
import { answers } from './schemas.ts';

/** Proxies close what is silent for long. */
export const HEARTBEAT_MS = 15_000;
/** Then the client comes back by itself, and its token is looked at again: a revoked one hears no more. */
const LONGEST_MS = 3_600_000;
const RETRY_MS = 2_000;
/** Of one kind, in one process. */
const MOST_STREAMS = 1_000;
/** Who reads nothing while this much waits is let go. */
const MOST_WAITING_BYTES = 65_536;

const text = { description: 'Events until the client leaves', content: { 'text/event-stream': { schema: Type.String() } } };
/** What a route of such events answers. */
export const eventAnswers = { ...answers(Type.String()), 200: text };

/** The id of the last event that a client has, when it comes back. */
export function lastEventId({ headers }: FastifyRequest): string | null {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : null;
}

/** Begins to tell; answers how to stop that. */
export type Telling = (say: (text: string) => void) => (() => void)[];

/** One stream; it says how long to wait before coming back, then what `tell` says, and nothing after its end. */
export function openStream(tell: Telling): { stream: Readable; end: () => void } {
  const stream = new Readable({ read() {}, highWaterMark: MOST_WAITING_BYTES });
  let ended = false;
  const say = (words: string): void => {
    if (!ended && !stream.destroyed && !stream.push(words)) stream.destroy();
  };
  const end = (): void => {
    if (!ended && !stream.destroyed) stream.push(null);
    ended = true;
  };
  say(`retry: ${RETRY_MS}\n\n`);
  const stops = tell(say);
  const heartbeat = setInterval(() => say(':\n\n'), HEARTBEAT_MS).unref();
  const longest = setTimeout(end, LONGEST_MS).unref();
  stream.once('close', () => {
    for (const stop of stops) stop();
    clearInterval(heartbeat);
    clearTimeout(longest);
  });
  return { stream, end };
}

/**
 * Answers requests with streams.
 * @throws ImpactError `unavailable` when there are too many
 */
export function createStreams(app: App): (reply: FastifyReply, tell: Telling) => FastifyReply {
  const open = new Set<() => void>();
  // Streams never end by themselves in time, and would hold up the end of this process.
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
  return (reply, tell) => {
    if (open.size >= MOST_STREAMS)
      throw new ImpactError('unavailable', `this process has ${MOST_STREAMS} streams open already; poll instead`);
    const { stream, end } = openStream(tell);
    open.add(end);
    stream.once('close', () => open.delete(end));
    return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
  };
}
