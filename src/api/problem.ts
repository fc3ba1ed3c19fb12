/** Errors as problem documents (RFC 9457), always from the one catalogue, always naming every input at fault. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, errorCatalogue, ImpactError } from '../domain/errors.ts';
import type { Log } from '../runtime/log.ts';
import { problemsOf } from './fault.ts';
import { AWAY, OURS } from './shield.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** Seconds after which a client may try again when a component is away. */
const RETRY_AFTER_SECONDS = 5;

const codeOfStatus = new Map<number, ErrorCode>([
  [400, 'bad_request'],
  [404, 'not_found'],
  [413, 'payload_too_large'],
  [415, 'unsupported_media_type'],
  [429, 'too_many_requests'],
]);

/** Codes of Node and of Postgres that mean "away", not "wrong". Class 08 is connection trouble, 57P0x a shutdown, 53300 too many clients. */
const outage = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|08\w{3}|57P0\d|53300)$/;

function isOutage(error: Error & { code?: unknown; retryable?: unknown }): boolean {
  const away =
    error.retryable === true ||
    outage.test(String(error.code)) ||
    /connection (terminated|timeout)|timeout exceeded when trying to connect/i.test(error.message);
  return away || (error.cause instanceof Error && isOutage(error.cause));
}

/** Any error as one of the catalogue. What is not known to be the caller's fault keeps its reason to the log. */
export function asImpactError(error: Error & Partial<FastifyError>): ImpactError {
  if (error instanceof ImpactError) return error;
  if (error.validation)
    return new ImpactError('bad_request', 'the request does not fit the schema', { problems: problemsOf(error.validation) });
  const code = codeOfStatus.get(error.statusCode ?? 500);
  if (code !== undefined) return new ImpactError(code, error.message);
  if (isOutage(error)) return new ImpactError('unavailable', AWAY, { cause: error });
  return new ImpactError('internal', OURS, { cause: error });
}

/** The problem document of an error. */
export function problemDocument(error: ImpactError, request: Pick<FastifyRequest, 'id' | 'url'>): Record<string, unknown> {
  const { status, title } = errorCatalogue[error.code];
  const document = { type: `urn:impactstream:problem:${error.code}`, title, status, detail: error.message, code: error.code };
  const instance = request.url.split('?', 1)[0];
  return { ...document, instance, requestId: request.id, ...(error.problems.length > 0 ? { problems: error.problems } : {}) };
}

/** The error handler of the application. */
export function answerProblem(log: Log) {
  return (thrown: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = asImpactError(thrown);
    const { status } = errorCatalogue[error.code];
    const url = request.url.replace(/([?&]ticket=)[^&]*/, '$1…');
    if (status >= 500) log.error({ err: error.cause ?? thrown, requestId: request.id, url }, error.message);
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="impactstream"');
    if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply
      .status(status)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problemDocument(error, request)));
  };
}
