/** Real receivers of messages: HTTP servers that hold what comes against the formats of PagerDuty, Slack and webhooks, and fail where a test wants it. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into field by field, and `expect` is what checks them
type Json = any;
export type Received = { path: string; headers: IncomingHttpHeaders; text: string; body: Json; at: number };

/** What a test wants of the next request. `hang`: no answer at all; `drop`: the connection is cut. */
export type Behaviour = { status?: number; headers?: Record<string, string>; body?: string } | 'hang' | 'drop';

export type Receiver = {
  url: string;
  received: Received[];
  /** What had the wrong form; stays empty when all is well. */
  faults: string[];
  /** Answers of the next requests, first come first served; afterwards all is taken. */
  next: Behaviour[];
  close(): Promise<void>;
};

/** What a request is answered that has the right form; a text names what is wrong with it. */
type Check = (received: Received) => { answer: Json } | string;

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function misbehave(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  if (behaviour === 'drop') request.socket.destroy();
  else if (behaviour !== 'hang') response.writeHead(behaviour.status ?? 500, behaviour.headers).end(behaviour.body ?? 'a test wants this');
}

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An HTTP server that takes what `check` finds right. */
export async function openReceiver(check: Check): Promise<Receiver> {
  const receiver = { received: [] as Received[], faults: [] as string[], next: [] as Behaviour[] };
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const received = { path: request.url ?? '', headers: request.headers, text, body: parsed(text), at: Date.now() };
    const behaviour = receiver.next.shift();
    if (behaviour !== undefined) return misbehave(behaviour, request, response);
    const checked = check(received);
    if (typeof checked === 'string') {
      receiver.faults.push(checked);
      response.writeHead(400).end(checked);
      return;
    }
    receiver.received.push(received);
    const { answer } = checked;
    response
      .writeHead(typeof answer === 'object' && answer !== null && answer.status === 'success' ? 202 : 200)
      .end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  const url = await listening(server);
  return {
    ...receiver,
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const isText = (value: unknown, longest: number): boolean => typeof value === 'string' && value.length > 0 && value.length <= longest;
const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));

function pagerDutyFault(path: string, body: Json): string | null {
  if (!/^[0-9a-f]{32}$/.test(body?.routing_key)) return 'routing_key is not 32 hex digits';
  const { payload } = body;
  if (path === '/v2/change/enqueue')
    return isText(payload?.summary, 1024) && isTime(payload?.timestamp) ? null : 'a change event needs summary and timestamp';
  if (path !== '/v2/enqueue') return `no such path: ${path}`;
  if (!['trigger', 'acknowledge', 'resolve'].includes(body.event_action)) return 'event_action';
  if (!isText(body.dedup_key, 255)) return 'dedup_key';
  if (body.event_action !== 'trigger') return null;
  if (!isText(payload?.summary, 1024) || !isText(payload?.source, 255)) return 'summary or source';
  if (!['critical', 'error', 'warning', 'info'].includes(payload.severity)) return 'severity';
  if (!isTime(payload.timestamp)) return 'timestamp';
  if ((body.links ?? []).some(({ href }: Json) => !URL.canParse(href))) return 'links';
  return JSON.stringify(body).length > 512_000 ? 'more than 512 KB' : null;
}

/** PagerDuty's Events API v2. */
export const openPagerDuty = (): Promise<Receiver> =>
  openReceiver(
    ({ path, body }) =>
      pagerDutyFault(path, body) ?? { answer: { status: 'success', message: 'Event processed', dedup_key: body.dedup_key } },
  );

const blockTypes: Record<string, (block: Json) => boolean> = {
  header: ({ text }) => text.type === 'plain_text' && isText(text.text, 150),
  section: ({ text, fields }) =>
    (text !== undefined || fields !== undefined) &&
    (text === undefined || (text.type === 'mrkdwn' && isText(text.text, 3000))) &&
    (fields === undefined || (fields.length <= 10 && fields.every((one: Json) => one.type === 'mrkdwn' && isText(one.text, 2000)))),
  context: ({ elements }) => elements.length <= 10 && elements.every((one: Json) => isText(one.text, 3000)),
  actions: ({ elements }) =>
    elements.length <= 25 && elements.every((one: Json) => one.type === 'button' && isText(one.text.text, 75) && isText(one.url, 3000)),
};

function slackFault(body: Json): string | null {
  if (!isText(body?.text, 40_000)) return 'no_text';
  const blocks: Json[] = body.blocks ?? [];
  if (blocks.length > 50) return 'too many blocks';
  const wrong = blocks.find((block) => !blockTypes[block.type]?.(block));
  return wrong === undefined ? null : `invalid_blocks: ${JSON.stringify(wrong)}`;
}

/** Slack: incoming webhooks under /services, the Web API under /api. */
export function openSlack(token = 'xoxb-test'): Promise<Receiver> {
  let count = 0;
  return openReceiver(({ path, headers, body }) => {
    if (path.startsWith('/services/')) return slackFault(body) ?? { answer: 'ok' };
    if (headers.authorization !== `Bearer ${token}`) return 'invalid_auth';
    if (path !== '/api/chat.postMessage' && path !== '/api/chat.update') return `no such method: ${path}`;
    if (!isText(body.channel, 80)) return 'channel_not_found';
    if (path === '/api/chat.update' && !isText(body.ts, 40)) return 'no ts';
    count += 1;
    return (
      slackFault(body) ?? { answer: { ok: true, channel: 'C0123456789', ts: body.ts ?? `1768132800.${String(count).padStart(6, '0')}` } }
    );
  });
}

/** A receiver of webhooks that takes everything. */
export const openWebhookReceiver = (): Promise<Receiver> => openReceiver(() => ({ answer: 'thanks' }));
