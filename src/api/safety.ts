/** What every answer carries for safety's sake, and how often a caller may ask. */
import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ImpactError } from '../domain/errors.ts';
import { bearerOf, type TokenCheck } from './auth.ts';

/** The caller's own request id when it is a sane one, else a new one. */
export function requestIdOf(headers: Record<string, string | string[] | undefined>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

const headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** The documentation page brings a policy of its own, for it has a script and a style. */
export function addSafetyHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.headers({ ...headers, 'x-request-id': request.id });
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  });
}

/** A verified token has a quota of its own; whoever has none shares that of the address, so guessing tokens is slow. */
const quotaOf = (check: TokenCheck) => (request: FastifyRequest) => check.known(bearerOf(request) ?? '') ?? request.ip;

/** Counted in this process: several API processes allow the quota each. */
export function limitRates(app: FastifyInstance, check: TokenCheck, perMinute: number): void {
  app.register(rateLimit, {
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: quotaOf(check),
    errorResponseBuilder: (_, { max, after }) =>
      new ImpactError('too_many_requests', `more than ${max} requests in a minute; try again in ${after}`),
  });
}
