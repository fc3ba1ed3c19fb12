/**
 * Who is signed in. The token stands in the tab's own storage and ends with it, unless the reader asks to be remembered on this device.
 * It is sent in a header and never in an address or a cookie, so no other site can use it.
 */
import type { MeAnswer } from '../api/web/me.ts';
import { type Answers, createAnswers } from './answers.ts';
import { type Ask, createAsk } from './ask.ts';

const KEY = 'impactstream.token';

export const storedToken = (): string | null => sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);

export function storeToken(token: string, remember: boolean): void {
  forgetToken();
  (remember ? localStorage : sessionStorage).setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}

export const ME = '/api/v1/me';

/** `refused` is settled when the token is no longer taken. */
export type Session = { token: string; ask: Ask; answers: Answers; refused: Promise<void> };

/** @param paths what the page will show: asked for at once, together with who holds the token */
export function openSession(token: string, paths: readonly string[]): Session {
  const { promise: refused, resolve } = Promise.withResolvers<void>();
  const ask = createAsk(token, resolve);
  const answers = createAnswers(ask);
  for (const path of [ME, ...paths]) answers.prepare(path);
  return { token, ask, answers, refused };
}

/** What the roles may do; the server decides, this only hides what it would refuse. */
export const mayChange = ({ role }: MeAnswer): boolean => role === 'operator' || role === 'admin';
/** Changing what concerns every tenant takes a token of none. */
export const mayChangeAll = (me: MeAnswer): boolean => mayChange(me) && me.tenant === null;
