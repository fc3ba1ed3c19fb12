/** Flags for any provider of OFREP, the OpenFeature remote evaluation protocol: one flag, or all of them for one context. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import { isEarlier } from '../domain/flags/replica.ts';
import type { ApiDeps, App } from './deps.ts';
import { namesTag, tagOf } from './etag.ts';
import { nextRevision } from './flags/wait.ts';
import {
  answerFault,
  Body,
  BulkFailure,
  BulkSuccess,
  contextOf,
  evaluated,
  eventStreamsFor,
  Failure,
  GeneralError,
  Query,
  Success,
} from './ofrep-answer.ts';
import { answers } from './schemas.ts';

const tags = ['remote evaluation'];
const security = [{ token: [] }, { apiKey: [] }];
const config = { apiKey: true } as const;
const root = '/ofrep/v1/evaluate/flags';

/** An event of another process may reach a client before its change reaches this one. */
const CATCH_UP_MS = 1000;

/** The revision in a `flagConfigEtag`, which is an ETag: quoted, perhaps weak. */
const revisionIn = (etag: string | undefined): string | null => /^(?:W\/)?"?([^"]+)"?$/.exec(etag ?? '')?.[1] ?? null;

/** Waits for the change that a client has been told of, if it has not arrived here. @returns whether the client's news is what there is */
async function caughtUp(reader: FlagReader, etag: string | undefined, signal: AbortSignal): Promise<boolean> {
  const told = revisionIn(etag);
  if (told === null) return true;
  const until = performance.now() + CATCH_UP_MS;
  for (let known = reader.state().revision; isEarlier(known, told); known = reader.state().revision) {
    const leftMs = until - performance.now();
    if (leftMs <= 0 || signal.aborted || reader.state().stale) break;
    await nextRevision(reader, known ?? '', leftMs, signal);
  }
  return reader.state().revision === told;
}

function requireFlags(reader: FlagReader): void {
  if (reader.state().revision === null) throw new ImpactError('unavailable', 'the flags have not arrived in this process yet');
}

function addSingle(app: App, { flagReader, now }: ApiDeps): void {
  const params = Type.Object({ key: Type.String({ maxLength: 512, examples: ['realtime_intelligence'] }) });
  const response = { ...answers(Success), 400: Failure, 404: Failure, 500: GeneralError };
  const schema = { tags, security, summary: 'One flag for a context', params, querystring: Query, body: Body, response };
  app.post(`${root}/:key`, { config, schema, errorHandler: answerFault }, async (request, reply) => {
    requireFlags(flagReader);
    const context = contextOf(request);
    await caughtUp(flagReader, request.query.flagConfigEtag, request.signal);
    const answer = evaluated(flagReader, request.params.key, context);
    if ('errorCode' in answer) return reply.status(answer.errorCode === 'FLAG_NOT_FOUND' ? 404 : 400).send(answer);
    return { ...answer, eventStreams: eventStreamsFor(request, now()) };
  });
}

/** A text with its hash as its ETag, or 304 where the client has it and may keep it. */
function answerTagged(reply: FastifyReply, text: string, header: string | undefined, mayKeep: boolean): FastifyReply {
  const tag = tagOf(text);
  reply.headers({ etag: tag, 'cache-control': 'private, no-cache', vary: 'authorization, x-api-key' });
  if (mayKeep && namesTag(header, tag)) return reply.status(304).send();
  return reply.type('application/json').send(text);
}

function addBulk(app: App, { flagReader, now }: ApiDeps): void {
  const response = { ...answers(BulkSuccess), 304: Type.Null(), 400: BulkFailure, 500: GeneralError };
  const summary = 'All flags that are not archived, for a context; the ETag is that of the answer, so it knows the context';
  const schema = { tags, security, summary, querystring: Query, body: Body, response };
  app.post(root, { config, schema, errorHandler: answerFault }, async (request, reply) => {
    requireFlags(flagReader);
    const context = contextOf(request);
    const current = await caughtUp(flagReader, request.query.flagConfigEtag, request.signal);
    const shown = flagReader.flags().filter(({ archived }) => !archived);
    const flags = shown.map(({ id }) => evaluated(flagReader, id, context));
    const text = JSON.stringify({ flags, eventStreams: eventStreamsFor(request, now()) });
    // Whoever was told of another state than this one gets an answer: to "not modified" they would believe what they have.
    return answerTagged(reply, text, request.headers['if-none-match'], current) as never;
  });
}

export function addOfrepRoutes(app: App, deps: ApiDeps): void {
  addSingle(app, deps);
  addBulk(app, deps);
}
