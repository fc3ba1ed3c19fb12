/** HTTPS to servers whose certificate an authority of one's own has signed: `fetch` cannot be told of one. */
import { Agent, request } from 'node:https';
import { buffer } from 'node:stream/consumers';

export type Ask = (
  url: string,
  init?: { method?: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<Response>;

/** @param ca the authority, PEM; undefined: those that `fetch` trusts, and plain HTTP as well */
export function askTrusting(ca: string | undefined): Ask {
  if (ca === undefined) return (url, init) => fetch(url, init);
  const agent = new Agent({ ca, keepAlive: true });
  return (url, { body, ...init } = {}) =>
    new Promise((resolve, reject) => {
      const asked = request(url, { ...init, agent }, (answer) => {
        const { statusCode = 0, statusMessage = '' } = answer;
        buffer(answer).then((bytes) => resolve(new Response(bytes, { status: statusCode, statusText: statusMessage })), reject);
      });
      asked.once('error', reject);
      asked.end(body);
    });
}
