/** Slack: a bot that keeps one message up to date and answers in its thread, or incoming webhooks that post one message after the other. */
import type { SlackPayload } from '../domain/notify/payload.ts';
import type { Outcome } from '../domain/notify/send.ts';
import { outcomeOf, type Posted, postJson, unanswered } from '../runtime/http-post.ts';

/** `webhooks`: the URL for each channel; `webhook` for all others. With a token neither is used. */
export type SlackSettings = {
  apiUrl: string;
  token: string;
  webhook: string;
  webhooks: Readonly<Record<string, string>>;
  timeoutMs: number;
};

/** Where a message stands. */
export type SlackReceipt = { channel: string; ts: string };

type Answer = { ok: boolean; error?: string; channel?: string; ts?: string };

const passing = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
/** The message to bring up to date is not there any more, or closed: a new one says the same. */
const lost = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'channel_not_found']);

/** The answer of a method, which says in its body whether it was done. */
function methodOutcome(posted: Posted, now: number): Outcome {
  const outcome = outcomeOf(posted, now);
  if (outcome.kind !== 'sent') return outcome;
  const answer = JSON.parse(posted.text) as Answer;
  const { status } = posted;
  if (answer.ok) return { kind: 'sent', status, receipt: { channel: answer.channel, ts: answer.ts } };
  const error = answer.error ?? 'refused without saying why';
  return passing.has(error) ? { kind: 'retry', status, error } : { kind: 'refused', status, error };
}

const isReceipt = (root: object | null): root is SlackReceipt => root !== null && 'ts' in root && 'channel' in root;

/** @returns a function that posts one message; `root` is the receipt of the first message of its thread, if there is one */
export function createSlack({ apiUrl, token, webhook, webhooks, timeoutMs }: SlackSettings, now: () => number) {
  async function call(method: string, body: object): Promise<Outcome> {
    return methodOutcome(await postJson(`${apiUrl}/${method}`, body, { authorization: `Bearer ${token}` }, timeoutMs), now());
  }

  async function byBot({ channel, text, blocks, thread, reply }: SlackPayload, root: object | null): Promise<Outcome> {
    const message = { text, ...(blocks === undefined ? {} : { blocks }) };
    const fresh = () => call('chat.postMessage', { channel, ...message, unfurl_links: false, unfurl_media: false });
    if (thread === undefined || !isReceipt(root)) return fresh();
    const updated = await call('chat.update', { channel: root.channel, ts: root.ts, ...message });
    if (updated.kind === 'refused' && lost.has(updated.error)) return fresh();
    if (updated.kind !== 'sent' || reply === undefined) return updated;
    const replied = await call('chat.postMessage', { channel: root.channel, thread_ts: root.ts, text: reply });
    return replied.kind === 'sent' ? { kind: 'sent', status: replied.status } : replied;
  }

  async function byWebhook({ channel, text, blocks }: SlackPayload): Promise<Outcome> {
    const url = webhooks[channel] ?? webhook;
    if (url === '') return { kind: 'skipped', error: 'neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL is set' };
    return outcomeOf(await postJson(url, { channel, text, ...(blocks === undefined ? {} : { blocks }) }, {}, timeoutMs), now());
  }

  return async (payload: SlackPayload, root: object | null): Promise<Outcome> => {
    try {
      return await (token === '' ? byWebhook(payload) : byBot(payload, root));
    } catch (error) {
      return unanswered(error);
    }
  };
}
