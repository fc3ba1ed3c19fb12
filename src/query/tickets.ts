/**
 * Tickets: a browser opens a change stream without headers, and an address is no place for a token, since addresses end up in logs. A
 * ticket opens streams only, ends by itself, and is signed with the token's stored hash, so that every process can judge it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { digest, findHashed, type Token, type TokenStore, tokenIdOf } from './tokens.ts';

const DAY_MS = 86_400_000;

const signature = (hash: Buffer, id: string, ends: string): Buffer =>
  createHmac('sha256', hash).update(`impactstream change stream ${id} ${ends}`).digest();

/**
 * A ticket that ends with tomorrow (UTC): the same text all day, so that a client's address stays the same while it reconnects.
 * @returns null for a text that is no token
 */
export function ticketFor(tokenText: string, now: number): string | null {
  const id = tokenIdOf(tokenText);
  if (id === null) return null;
  const ends = ((Math.floor(now / DAY_MS) + 2) * DAY_MS).toString(36);
  return `${id}.${ends}.${signature(digest(tokenText), id, ends).toString('base64url')}`;
}

/** The token that a ticket was made from; null for one that has ended or is none. The token's own end is the caller's to judge. */
export async function tokenOfTicket(postgres: TokenStore, ticket: string, now: number): Promise<Token | null> {
  const [, id, ends, signed] = /^([0-9a-f]{12})\.([0-9a-z]{1,11})\.([\w-]{43})$/.exec(ticket) ?? [];
  if (id === undefined || ends === undefined || signed === undefined || Number.parseInt(ends, 36) <= now) return null;
  const found = await findHashed(postgres, id);
  if (found === null) return null;
  return timingSafeEqual(signature(found.hash, id, ends), Buffer.from(signed, 'base64url')) ? found.token : null;
}
