/** Bearer tokens in Postgres: made, listed, revoked, looked up. A token is `imp_<id>_<secret>`; only its SHA-256 is stored. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from '../domain/role.ts';

/** What these functions need of Postgres. */
export type TokenStore = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

/** A token without its secret. `tenantId` null: every tenant. */
export type Token = {
  id: string;
  role: Role;
  tenantId: string | null;
  name: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
};

const columns = `id, role, tenant_id AS "tenantId", name, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

export const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The public part of a token's text; null when the text has not the form of a token. */
export function tokenIdOf(text: string): string | null {
  return /^imp_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/.exec(text)?.[1] ?? null;
}

/**
 * @returns the row and the token's text, which is nowhere kept and cannot be shown again
 */
export async function createToken(
  postgres: TokenStore,
  wanted: { role: Role; tenantId: string | null; name: string; expiresAt: Date | null },
): Promise<{ token: string; row: Token }> {
  const id = randomBytes(6).toString('hex');
  const token = `imp_${id}_${randomBytes(32).toString('base64url')}`;
  const [row] = await postgres.query<Token>(
    `INSERT INTO tokens (id, hash, role, tenant_id, name, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${columns}`,
    [id, digest(token), wanted.role, wanted.tenantId, wanted.name, wanted.expiresAt],
  );
  if (row === undefined) throw new Error('Postgres returned no row for an INSERT');
  return { token, row };
}

/** Newest first, revoked and expired ones included. */
export function listTokens(postgres: TokenStore): Promise<Token[]> {
  return postgres.query<Token>(`SELECT ${columns} FROM tokens ORDER BY created_at DESC, id`);
}

/** @returns the token as it is now, or null when there is none of that id. Revoking twice keeps the first time. */
export async function revokeToken(postgres: TokenStore, id: string): Promise<Token | null> {
  const [row] = await postgres.query<Token>(
    `UPDATE tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING ${columns}`,
    [id],
  );
  return row ?? null;
}

/** The token of an id, with the hash of its text. */
export async function findHashed(postgres: TokenStore, id: string): Promise<{ token: Token; hash: Buffer } | null> {
  const [found] = await postgres.query<Token & { hash: Buffer }>(`SELECT hash, ${columns} FROM tokens WHERE id = $1`, [id]);
  if (found === undefined) return null;
  const { hash, ...token } = found;
  return { token, hash };
}

/**
 * The token that this text is, if it is one; expiry and revocation are the caller's to judge, who has the clock.
 * The hash is compared in constant time, so an answer's delay tells nothing about the secret.
 */
export async function findToken(postgres: TokenStore, text: string): Promise<Token | null> {
  const id = tokenIdOf(text);
  const found = id === null ? null : await findHashed(postgres, id);
  return found !== null && timingSafeEqual(found.hash, digest(text)) ? found.token : null;
}
