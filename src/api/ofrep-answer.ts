/** What OFREP's routes ask and answer, by the protocol's version 0.3 (github.com/open-feature/protocol, service/openapi.yaml). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { errorCatalogue, type ImpactError } from '../domain/errors.ts';
import type { FlagContext } from '../domain/flags/evaluation.ts';
import type { FlagReader } from '../domain/flags/reader.ts';
import { type Resolution, resolutionOf } from '../domain/flags/resolution.ts';
import { ticketFor } from '../query/tickets.ts';
import { bearerOf, requestScope } from './auth.ts';
import { asImpactError } from './problem.ts';

export const STREAM_PATH = '/ofrep/v1/stream';
/** The protocol's default, said aloud. */
const INACTIVITY_SECONDS = 120;

const Id = Type.Optional(Type.String({ maxLength: 256 }));
const Context = Type.Object(
  { targetingKey: Id, tenantId: Id, userId: Id, entityId: Id },
  { additionalProperties: true, description: 'Ids have their fields; all else is for targeting rules' },
);
export const Body = Type.Object(
  { context: Type.Optional(Context) },
  { additionalProperties: true, examples: [{ context: { targetingKey: 'user_456', tenantId: 'tenant_123', plan: 'pro' } }] },
);
const afterEvent = 'Only for a request that an event of the change stream caused: what the event said';
export const Query = Type.Object({
  flagConfigEtag: Type.Optional(Type.String({ maxLength: 256, description: afterEvent })),
  flagConfigLastModified: Type.Optional(Type.String({ maxLength: 64, description: afterEvent })),
});

const EventStream = Type.Object({
  type: Type.Literal('sse'),
  endpoint: Type.Object({ requestUri: Type.String({ description: 'Holds a ticket: treat it as a secret' }) }),
  inactivityDelaySec: Type.Integer(),
});
const Metadata = Type.Unsafe<Resolution['metadata']>({ type: 'object', additionalProperties: true });
const ErrorDetails = Type.Optional(Type.String());
const success = {
  key: Type.String(),
  reason: Type.String(),
  variant: Type.Optional(Type.String()),
  value: Type.Optional(Type.Unknown({ description: 'Not there: take your own default' })),
  metadata: Metadata,
};
export const Success = Type.Object({ ...success, eventStreams: Type.Optional(Type.Array(EventStream)) });
export const Failure = Type.Object({ key: Type.String(), errorCode: Type.String(), errorDetails: ErrorDetails });
export const BulkSuccess = Type.Object({
  flags: Type.Array(Type.Union([Type.Object(success), Failure])),
  eventStreams: Type.Optional(Type.Array(EventStream)),
});
export const BulkFailure = Type.Object({ errorCode: Type.String(), errorDetails: ErrorDetails });
export const GeneralError = Type.Object({ errorDetails: ErrorDetails });

type Evaluated = Static<typeof Success> | Static<typeof Failure>;

/** The context of a request, for the tenant that its token belongs to. @throws ImpactError `forbidden` when it names another one */
export function contextOf(request: FastifyRequest<{ Body: Static<typeof Body> }>): FlagContext {
  const given = Object.entries(request.body.context ?? {}).filter(([, value]) => value !== '' && value !== null);
  const context: FlagContext = Object.fromEntries(given);
  const { tenantId } = requestScope(request, context.tenantId ?? undefined);
  return tenantId === null ? context : { ...context, tenantId };
}

/** One flag's answer. */
export function evaluated(reader: Pick<FlagReader, 'evaluate' | 'get'>, key: string, context: FlagContext): Evaluated {
  const resolution = resolutionOf(reader.evaluate(key, context), reader.get(key)?.unit ?? null);
  if (!resolution.ok) return { key, errorCode: resolution.errorCode, errorDetails: resolution.message };
  const { value, variant, reason, metadata } = resolution;
  return { key, reason, ...(variant === undefined ? {} : { variant }), ...(value === undefined ? {} : { value }), metadata };
}

/** Where this caller hears of changes: an address with a ticket in it. */
export function eventStreamsFor(request: FastifyRequest, now: number): Static<typeof EventStream>[] {
  const ticket = ticketFor(bearerOf(request) ?? '', now);
  if (ticket === null) return [];
  return [{ type: 'sse', endpoint: { requestUri: `${STREAM_PATH}?ticket=${ticket}` }, inactivityDelaySec: INACTIVITY_SECONDS }];
}

const sentence = ({ message, problems }: ImpactError): string =>
  [message, ...problems.map(({ field, value, expected }) => `${field} is ${value}, expected ${expected}`)].join('; ');

/** Errors for which the protocol has a document; all others (401, 403, 429, ...) are problem documents as everywhere. */
export function answerFault(thrown: Error, request: FastifyRequest, reply: FastifyReply): void {
  const error = asImpactError(thrown);
  if (error.code !== 'bad_request') throw thrown;
  const { key } = (request.params ?? {}) as { key?: string };
  const errorCode = (thrown as { validation?: unknown }).validation === undefined ? 'PARSE_ERROR' : 'INVALID_CONTEXT';
  const document = { ...(key === undefined ? {} : { key }), errorCode, errorDetails: sentence(error) };
  reply.status(errorCatalogue.bad_request.status).type('application/json').send(JSON.stringify(document));
}
