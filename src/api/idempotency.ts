/** Idempotency-Key: a write that is sent again with the same key is not done again, and answered as it was the first time. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ImpactError } from '../domain/errors.ts';
import { claimKey, forgetOldKeys, type KeptAnswer, type KeyOwner, keepAnswer, releaseKey } from '../query/idempotency.ts';
import type { Log } from '../runtime/log.ts';
import { callerOf } from './auth.ts';
import type { ApiDeps } from './deps.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route honours Idempotency-Key. Default: false. */
    idempotent?: boolean;
  }
  interface FastifyRequest {
    /** The key that this request has taken and has to give back with its answer. */
    idempotencyKey: KeyOwner | null;
  }
}

const CLEARED_ONE_IN = 100;
const keptHeaders = ['content-type', 'etag', 'location'] as const;

function keyOf(request: FastifyRequest): KeyOwner | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined || request.routeOptions.config.idempotent !== true) return null;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return { tokenId: callerOf(request).tokenId, key: header };
  throw new ImpactError('bad_request', 'this is no idempotency key', {
    problems: [
      {
        field: 'Idempotency-Key',
        value: String(header),
        expected: '1 to 255 printable ASCII characters without spaces, for example a UUID',
      },
    ],
  });
}

/** If-Match belongs to what is asked: the same change on top of another version is another request. */
function fingerprintOf({ method, url, headers, body }: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([method, url, headers['if-match'] ?? null, body ?? null]))
    .digest();
}

function replay(reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply {
  return reply
    .status(status)
    .headers(headers)
    .header('idempotent-replayed', 'true')
    .send(body === '' ? null : body);
}

function keptOf(reply: FastifyReply, body: string): KeptAnswer {
  const entries = keptHeaders.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : []));
  return { status: reply.statusCode, headers: Object.fromEntries(entries) as Record<string, string>, body };
}

type Deps = Pick<ApiDeps, 'postgres'> & { log: Log };

/** Claims the key before the handler, after the request is known to be valid. */
function claiming({ postgres, log }: Deps) {
  let claims = 0;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const owner = keyOf(request);
    if (owner === null) return undefined;
    if (++claims % CLEARED_ONE_IN === 0)
      forgetOldKeys(postgres).catch((error: unknown) => log.warn({ error: String(error) }, 'old idempotency keys stay'));
    const claim = await claimKey(postgres, owner, fingerprintOf(request));
    if (claim.outcome === 'answered') return replay(reply, claim.answer);
    if (claim.outcome === 'busy') throw new ImpactError('conflict', 'a request with this Idempotency-Key is being carried out');
    if (claim.outcome === 'other') throw new ImpactError('unprocessable', 'this Idempotency-Key was used for another request');
    request.idempotencyKey = owner;
    return undefined;
  };
}

/** Keeps the answer before it leaves; who hears it can rely on it. What failed on our side may be tried again under the same key. */
function settling({ postgres, log }: Deps) {
  return async (request: FastifyRequest, reply: FastifyReply, body: unknown): Promise<void> => {
    const owner = request.idempotencyKey;
    if (owner === null) return;
    request.idempotencyKey = null;
    const settle =
      reply.statusCode >= 500
        ? releaseKey(postgres, owner)
        : keepAnswer(postgres, owner, keptOf(reply, typeof body === 'string' ? body : ''));
    await settle.catch((error: unknown) => log.warn({ error: String(error) }, 'the answer to an Idempotency-Key is not kept'));
  };
}

/** Registers the hooks on an application whose guard has been registered before. */
export function addIdempotency(app: FastifyInstance, deps: Deps): void {
  app.decorateRequest('idempotencyKey', null);
  app.addHook('preHandler', claiming(deps));
  app.addHook('onSend', settling(deps));
}
