/** Who is asking: bearer token -> role and scope. Every route needs a viewer's token unless its `config.role` says otherwise. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ImpactError } from '../domain/errors.ts';
import { type Role, roleCovers } from '../domain/role.ts';
import { narrow, type Scope, scopeOf } from '../query/scope.ts';
import { tokenOfTicket } from '../query/tickets.ts';
import { findToken, type Token, type TokenStore, tokenIdOf } from '../query/tokens.ts';

/** The caller of a request. */
export type Auth = { tokenId: string; name: string; role: Role; scope: Scope };

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on open routes only. */
    auth: Auth | null;
  }
  interface FastifyContextConfig {
    /** The least role that may call the route, and so may those that cover it; `open` needs no token. Default: viewer. */
    role?: Role | 'open';
    /** The token may stand in X-API-Key, too. Default: false. */
    apiKey?: boolean;
    /** A ticket in the URL will do in the place of a token: for what browsers open without headers. Default: false. */
    ticket?: boolean;
  }
}

/** For this long a verified token is believed without asking Postgres: the longest that a revocation takes to work. */
const FRESH_MS = 5_000;
/** While Postgres does not answer, a token verified this recently is still believed, so that an outage stops no reader and no emitter. */
const STALE_MS = 300_000;
/** Verified tokens remembered at most; beyond it the oldest is forgotten. */
const REMEMBERED = 10_000;

type Verified = { token: Token; at: number };
export type TokenCheck = {
  /** The live token that this text is, or null. Throws what Postgres threw when it is out and the token is not remembered. */
  verify(text: string): Promise<Token | null>;
  /** The live token that this ticket was made from, or null. */
  redeem(ticket: string): Promise<Token | null>;
  /** Id of the token if it was verified lately; never asks Postgres. */
  known(text: string): string | null;
};

const live = (token: Token, now: number): boolean =>
  token.revokedAt === null && (token.expiresAt === null || token.expiresAt.getTime() > now);

/** Remembers verified tokens in this process. `now` is the clock in milliseconds. */
export function createTokenCheck(postgres: TokenStore, now: () => number): TokenCheck {
  const verified = new Map<string, Verified>();
  const remember = (text: string, token: Token | null): void => {
    verified.delete(text);
    if (token !== null) verified.set(text, { token, at: now() });
    const oldest = verified.keys().next();
    if (verified.size > REMEMBERED && !oldest.done) verified.delete(oldest.value);
  };
  /** A page asks for many things at once: its token is looked for once. */
  const asked = new Map<string, Promise<Token | null>>();
  function find(text: string): Promise<Token | null> {
    const asking = asked.get(text) ?? findToken(postgres, text).finally(() => asked.delete(text));
    asked.set(text, asking);
    return asking;
  }
  async function lookUp(text: string): Promise<Token | null> {
    const last = verified.get(text);
    if (last && now() - last.at < FRESH_MS) return last.token;
    try {
      const token = await find(text);
      remember(text, token);
      return token;
    } catch (error) {
      if (last && now() - last.at < STALE_MS) return last.token;
      throw error;
    }
  }
  return {
    async verify(text) {
      const token = tokenIdOf(text) === null ? null : await lookUp(text);
      return token !== null && live(token, now()) ? token : null;
    },
    async redeem(ticket) {
      const token = await tokenOfTicket(postgres, ticket, now());
      return token !== null && live(token, now()) ? token : null;
    },
    known: (text) => verified.get(text)?.token.id ?? null,
  };
}

/** The text after "Bearer", or where the route takes it that of X-API-Key; else null. */
export function bearerOf(request: FastifyRequest): string | null {
  const bearer = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
  const key = request.routeOptions.config.apiKey === true ? request.headers['x-api-key'] : undefined;
  return bearer ?? (typeof key === 'string' ? key : null);
}

function ticketOf(request: FastifyRequest): string | null {
  const { ticket } = request.query as { ticket?: unknown };
  return request.routeOptions.config.ticket === true && typeof ticket === 'string' ? ticket : null;
}

async function authenticate(request: FastifyRequest, check: TokenCheck): Promise<Auth> {
  const [text, ticket] = [bearerOf(request), ticketOf(request)];
  const token = text !== null ? await check.verify(text) : ticket !== null ? await check.redeem(ticket) : null;
  if (token === null)
    throw new ImpactError(
      'unauthenticated',
      (text ?? ticket) === null ? 'send "Authorization: Bearer imp_…"' : 'this token is unknown, expired or revoked',
    );
  return { tokenId: token.id, name: token.name, role: token.role, scope: scopeOf(token.tenantId) };
}

/**
 * Guards every route of `app`. Before the body is read, but not in onRequest: the rate limit is a hook of each route's own,
 * which come after the application's, and it has to count those who are refused here.
 */
export function guardRoutes(app: FastifyInstance, check: TokenCheck): void {
  app.decorateRequest('auth', null);
  app.addHook('preParsing', async (request) => {
    const needed = request.routeOptions.config.role ?? 'viewer';
    if (needed === 'open') return;
    request.auth = await authenticate(request, check);
    if (!roleCovers(request.auth.role, needed))
      throw new ImpactError('forbidden', `this needs the role ${needed}; the token has ${request.auth.role}`);
  });
}

/** The caller. Throws on open routes, which have none. */
export function callerOf(request: FastifyRequest): Auth {
  if (request.auth === null) throw new ImpactError('unauthenticated', 'this route needs a token');
  return request.auth;
}

/** Whose rows the request may see: its token's, narrowed to `tenantId` when the request names one. */
export function requestScope(request: FastifyRequest, tenantId?: string): Scope {
  return narrow(callerOf(request).scope, tenantId);
}
