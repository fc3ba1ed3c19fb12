/** Registered webhooks: signed as Standard Webhooks says, sent to the address that was checked, redirects not followed. */
import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Outcome, retryAfterMs } from '../domain/notify/send.ts';

/** `resolve`: the address to connect to; a RangeError says that the host may not be reached at all. */
export type WebhookSettings = { resolve(hostname: string): Promise<{ address: string; family: 4 | 6 }>; timeoutMs: number };
/** `secrets`: every one that signs now, the newest first. */
export type WebhookTarget = { url: string; bearer: string | null; secrets: readonly string[] };
export type WebhookMessage = { messageId: string; body: string };

const SHOWN = 300;
/** Of an answer only its beginning is of interest. */
const READ_BYTES = 4_096;

/** `v1,<base64>` for each secret: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function signatures(secrets: readonly string[], messageId: string, timestampSeconds: number, body: string): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(`${messageId}.${timestampSeconds}.${body}`).digest('base64')}`;
    })
    .join(' ');
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length >= READ_BYTES) break;
  }
  return text.slice(0, SHOWN);
}

/** Every answer but success may be mended, save one: 410 asks us to stop. */
function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage, text: string, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent', status };
  if (status === 410) return { kind: 'gone', status, error: 'answered 410: it wants no more messages' };
  const redirected = status >= 300 && status < 400;
  const error = redirected
    ? `answered ${status}: redirects are not followed; register the URL that it points to`
    : `answered ${status}: ${text}`;
  const asked = retryAfterMs(headers['retry-after'], now);
  return { kind: 'retry', status, error, ...(asked === undefined ? {} : { retryAfterMs: asked }) };
}

function headersOf({ bearer, secrets }: WebhookTarget, { messageId, body }: WebhookMessage, now: number): Record<string, string> {
  const timestamp = Math.floor(now / 1000);
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'impactstream',
    'webhook-id': messageId,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures(secrets, messageId, timestamp, body),
    ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
  };
}

/** A connection of its own, to the address that was checked: a kept one might lead to another. */
function exchange(url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { ...options, agent: false }, resolve);
    request.once('error', reject);
    request.end(body);
  });
}

/** @returns a function that delivers one message */
export function createWebhook({ resolve, timeoutMs }: WebhookSettings, now: () => number) {
  return async (target: WebhookTarget, message: WebhookMessage): Promise<Outcome> => {
    const url = new URL(target.url);
    try {
      const { address, family } = await resolve(url.hostname);
      const signal = AbortSignal.timeout(timeoutMs);
      const lookup: RequestOptions['lookup'] = (_, options, callback) =>
        options.all ? callback(null, [{ address, family }]) : callback(null, address, family);
      const headers = headersOf(target, message, now());
      const response = await exchange(url, { method: 'POST', headers, signal, lookup }, message.body);
      return outcomeOf(response, await beginningOf(response), now());
    } catch (error) {
      if (error instanceof RangeError) return { kind: 'refused', status: null, error: error.message };
      const { name, message: words, code } = error as NodeJS.ErrnoException;
      const late = name === 'AbortError' || name === 'TimeoutError';
      return { kind: 'retry', status: null, error: late ? `no answer within ${timeoutMs / 1000} s` : `no answer: ${words || code}` };
    }
  };
}
