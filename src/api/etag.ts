/** Strong ETags: the hash of the very bytes that are answered, so that a client which has them is told so in a 304. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False on answers that are about this moment (health, metrics): these are never cached. Default: true on GET. */
    cacheable?: boolean;
  }
}

export const tagOf = (body: string): string => `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;

/** Whether an If-None-Match or If-Match header names this tag. */
export function namesTag(header: string | undefined, tag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
}

function cacheable(request: FastifyRequest, reply: FastifyReply): boolean {
  return ['GET', 'HEAD'].includes(request.method) && reply.statusCode === 200 && request.routeOptions.config.cacheable !== false;
}

/** `private, no-cache`: the client may keep an answer, but asks each time whether it is still the one. */
export function addEtags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, body) => {
    if (reply.hasHeader('cache-control')) return body;
    if (!cacheable(request, reply) || typeof body !== 'string') {
      reply.header('cache-control', 'no-store');
      return body;
    }
    const tag = (reply.getHeader('etag') as string | undefined) ?? tagOf(body);
    reply.headers({ etag: tag, 'cache-control': 'private, no-cache', vary: 'authorization' });
    if (!namesTag(request.headers['if-none-match'], tag)) return body;
    reply.status(304).removeHeader('content-length');
    return '';
  });
}
