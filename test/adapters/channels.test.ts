/** The channels on real receivers: what they take, and what each of their refusals means. */
import { readFileSync, rmSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMail, type MailSettings, messageIdOf } from '../../src/adapters/mail.ts';
import { createPagerDuty } from '../../src/adapters/pagerduty.ts';
import { createSlack } from '../../src/adapters/slack.ts';
import { createWebhook } from '../../src/adapters/webhook.ts';
import { isPrivate, publicAddress } from '../../src/adapters/webhook-address.ts';
import type { PagerDutyPayload } from '../../src/domain/notify/payload.ts';
import { type Mailbox, openMailbox } from '../support/mailbox.ts';
import { type Behaviour, openPagerDuty, openSlack, openWebhookReceiver, type Receiver } from '../support/receivers.ts';
import { certificateFolder, createAuthority } from '../support/secure-certificates.ts';

const TIMEOUT_MS = 500;
const tooMany: Behaviour = { status: 429, headers: { 'retry-after': '7' } };
const redirect: Behaviour = { status: 302, headers: { location: 'http://127.0.0.1:1/' } };

describe('PagerDuty', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await openPagerDuty();
  });
  afterAll(() => receiver.close());
  const trigger: PagerDutyPayload = {
    kind: 'alert',
    event: {
      event_action: 'trigger',
      dedup_key: 'k',
      payload: { summary: 's', source: 'x', severity: 'critical', timestamp: '2026-01-11T12:00:00Z' },
    },
  };
  const send = (service = 'default', payload = trigger) =>
    createPagerDuty({ url: receiver.url, keys: { default: 'a'.repeat(32), wrong: 'b' }, timeoutMs: TIMEOUT_MS }, Date.now)(
      service,
      payload,
    );

  it('takes events and change events with the key of their service', async () => {
    expect(await send()).toEqual({ kind: 'sent', status: 202 });
    const change: PagerDutyPayload = { kind: 'change', event: { payload: { summary: 's', timestamp: '2026-01-11T12:00:00Z' } } };
    expect(await send('default', change)).toMatchObject({ kind: 'sent' });
    expect(receiver.received.map(({ path, body }) => [path, body.routing_key])).toEqual([
      ['/v2/enqueue', 'a'.repeat(32)],
      ['/v2/change/enqueue', 'a'.repeat(32)],
    ]);
  });

  it('is skipped where there is no key, and refuses a wrong one for good', async () => {
    expect(await send('other')).toMatchObject({ kind: 'skipped' });
    expect(await send('wrong')).toMatchObject({ kind: 'refused', status: 400 });
  });

  it.each([
    ['fails', { status: 503 }, { kind: 'retry', status: 503 }],
    ['has too much', tooMany, { kind: 'retry', status: 429, retryAfterMs: 7_000 }],
    ['redirects', redirect, { kind: 'refused', status: 302 }],
    ['does not answer', 'hang', { kind: 'retry', status: null }],
    ['cuts the connection', 'drop', { kind: 'retry', status: null }],
  ] as const)('that %s is not taken for one that took it', async (_, behaviour, outcome) => {
    receiver.next.push(behaviour);
    expect(await send()).toMatchObject(outcome);
  });
});

describe('Slack', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await openSlack();
  });
  afterAll(() => receiver.close());
  const settings = () => ({
    apiUrl: `${receiver.url}/api`,
    token: '',
    webhook: `${receiver.url}/services/all`,
    webhooks: {},
    timeoutMs: TIMEOUT_MS,
  });
  const message = {
    channel: '#alerts',
    text: 'hello',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*hello*' } }],
    thread: 't',
    reply: 'again',
  };
  const paths = () => receiver.received.splice(0).map(({ path, body }) => [path, body.ts ?? body.thread_ts ?? null]);

  it('takes messages by the webhook of the channel, or that of all', async () => {
    const send = createSlack({ ...settings(), webhooks: { '#alerts': `${receiver.url}/services/alerts` } }, Date.now);
    expect(await send(message, null)).toEqual({ kind: 'sent', status: 200 });
    await send({ ...message, channel: '#other' }, null);
    expect(paths().map(([path]) => path)).toEqual(['/services/alerts', '/services/all']);
  });

  it('keeps one message of a bot up to date and answers in its thread', async () => {
    const send = createSlack({ ...settings(), token: 'xoxb-test' }, Date.now);
    const first = await send(message, null);
    expect(first).toMatchObject({ kind: 'sent', receipt: { channel: 'C0123456789', ts: '1768132800.000001' } });
    const root = first.kind === 'sent' ? (first.receipt ?? null) : null;
    expect(await send(message, root)).toEqual({ kind: 'sent', status: 200 });
    expect(paths()).toEqual([
      ['/api/chat.postMessage', null],
      ['/api/chat.update', '1768132800.000001'],
      ['/api/chat.postMessage', '1768132800.000001'],
    ]);
  });

  it('gets a new message where the old one is gone', async () => {
    receiver.next.push({ status: 200, body: '{"ok":false,"error":"message_not_found"}' });
    const send = createSlack({ ...settings(), token: 'xoxb-test' }, Date.now);
    expect(await send(message, { channel: 'C0123456789', ts: '1.2' })).toMatchObject({ kind: 'sent', receipt: {} });
    expect(paths()).toEqual([['/api/chat.postMessage', null]]);
  });

  it('says in its answer what passes and what does not', async () => {
    const send = createSlack({ ...settings(), token: 'xoxb-test' }, Date.now);
    receiver.next.push(
      { status: 200, body: '{"ok":false,"error":"channel_not_found"}' },
      { status: 200, body: '{"ok":false,"error":"ratelimited"}' },
      tooMany,
    );
    expect(await send(message, null)).toEqual({ kind: 'refused', status: 200, error: 'channel_not_found' });
    expect(await send(message, null)).toMatchObject({ kind: 'retry', error: 'ratelimited' });
    expect(await send(message, null)).toMatchObject({ kind: 'retry', retryAfterMs: 7_000 });
    receiver.next.push('hang');
    expect(await send(message, null)).toMatchObject({ kind: 'retry', status: null });
  });

  it('is skipped where it is not configured', async () => {
    expect(await createSlack({ ...settings(), webhook: '' }, Date.now)(message, null)).toMatchObject({ kind: 'skipped' });
    expect(receiver.faults).toEqual([]);
  });
});

describe('mail', () => {
  const folder = certificateFolder();
  const authority = createAuthority(folder, 'mail');
  let [plain, secure]: Mailbox[] = [];
  beforeAll(async () => {
    [plain, secure] = await Promise.all([openMailbox(), openMailbox(authority.issue('server'))]);
  });
  afterAll(async () => {
    await Promise.all([plain?.close(), secure?.close()]);
    rmSync(folder, { recursive: true });
  });
  const settings = (changes: Partial<MailSettings> = {}): MailSettings => ({
    server: '127.0.0.1',
    port: plain?.port ?? 0,
    tls: 'auto',
    user: '',
    password: '',
    from: 'noreply@example.com',
    ca: readFileSync(authority.caFile, 'utf8'),
    timeoutMs: TIMEOUT_MS,
    ...changes,
  });
  const letter = { to: ['a@example.com', 'b@example.com'], subject: 'Fehler → 7 %', text: 'plain words', html: '<p>words</p>' };

  it('goes to all recipients as text and HTML, and its key is its Message-ID', async () => {
    const attachments = [
      { filename: 'chart.png', contentType: 'image/png', contentBase64: Buffer.from('png').toString('base64'), cid: 'chart' },
    ];
    const send = createMail(settings());
    for (const _ of [1, 2]) expect(await send('alert/1', { ...letter, attachments })).toEqual({ kind: 'sent', status: 250 });
    const [mail, again] = plain?.mails.splice(0) ?? [];
    expect(mail).toMatchObject({ from: 'noreply@example.com', to: letter.to, messageId: messageIdOf('alert/1', 'noreply@example.com') });
    expect(again?.messageId).toBe(mail?.messageId);
    for (const part of ['text/plain', 'text/html', 'plain words', '<p>words</p>', 'Content-Id: <chart>', 'Auto-Submitted: auto-generated'])
      expect(mail?.text.toLowerCase()).toContain(part.toLowerCase());
  });

  it('is encrypted and signed in before the password is sent', async () => {
    const send = createMail(settings({ port: secure?.port ?? 0, user: 'ann', password: 'secret' }));
    expect(await send('k', letter)).toMatchObject({ kind: 'sent' });
    expect(secure?.mails.splice(0)).toMatchObject([{ secure: true, user: 'ann' }]);
  });

  it('is not sent in plain text where there is a password, nor to a server whose certificate nobody vouches for', async () => {
    const unsafe = await createMail(settings({ user: 'ann', password: 'secret' }))('k', letter);
    expect(unsafe).toMatchObject({ kind: 'retry' });
    const unknown = await createMail(settings({ port: secure?.port ?? 0, ca: undefined, user: 'ann', password: 'secret' }))('k', letter);
    expect(unknown).toMatchObject({ kind: 'retry', error: expect.stringMatching(/certificate|self-signed|verify/i) });
  });

  it('that is refused for good is not tried again; a wrong password can be mended', async () => {
    plain?.next.push(451, 550);
    const send = createMail(settings());
    expect(await send('k', letter)).toMatchObject({ kind: 'retry', status: 451 });
    expect(await send('k', letter)).toMatchObject({ kind: 'refused', status: 550 });
    const wrong = createMail(settings({ port: secure?.port ?? 0, user: 'ann', password: 'guess' }));
    expect(await wrong('k', letter)).toMatchObject({ kind: 'retry', status: 535 });
  });

  it('is skipped where there is no server, and waits where there is none at the moment', async () => {
    expect(await createMail(settings({ server: '' }))('k', letter)).toEqual({ kind: 'skipped', error: 'SMTP_SERVER is not set' });
    expect(await createMail(settings({ port: 1 }))('k', letter)).toMatchObject({ kind: 'retry', status: null });
  });
});

describe('a webhook', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await openWebhookReceiver();
  });
  afterAll(() => receiver.close());
  const [old, young] = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `whsec_${Buffer.alloc(32, 7).toString('base64')}`];
  const body = JSON.stringify({ type: 'report_ready', data: { wörds: '€' } });
  const message = { messageId: 'msg_1', body };
  const sender = (allowPrivate = true) =>
    createWebhook({ resolve: (hostname) => publicAddress(hostname, allowPrivate), timeoutMs: TIMEOUT_MS }, Date.now);
  const target = (changes = {}) => ({ url: `${receiver.url}/hook`, bearer: 'bearer_token_here', secrets: [young, old], ...changes });

  it('is signed so that the official library verifies it with either secret, and with no other', async () => {
    expect(await sender()(target(), message)).toEqual({ kind: 'sent', status: 200 });
    const [{ headers, text, path } = { headers: {}, text: '', path: '' }] = receiver.received.splice(0);
    const signed = headers as Record<string, string>;
    expect([path, signed['webhook-id'], signed['authorization']]).toEqual(['/hook', 'msg_1', 'Bearer bearer_token_here']);
    for (const secret of [old, young]) expect(new Webhook(secret).verify(text, signed)).toEqual(JSON.parse(body));
    expect(() => new Webhook(old).verify(`${text} `, signed)).toThrow();
    expect(() => new Webhook(Buffer.alloc(32, 8).toString('base64')).verify(text, signed)).toThrow();
  });

  it('sends no token where none was registered', async () => {
    await sender()(target({ bearer: null }), message);
    expect(receiver.received.splice(0)[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['fails', { status: 500 }, { kind: 'retry', status: 500 }],
    ['finds a fault', { status: 422 }, { kind: 'retry', status: 422 }],
    ['has too much', tooMany, { kind: 'retry', status: 429, retryAfterMs: 7_000 }],
    ['redirects', redirect, { kind: 'retry', status: 302, error: expect.stringContaining('redirects are not followed') }],
    ['wants no more', { status: 410 }, { kind: 'gone', status: 410 }],
    ['does not answer', 'hang', { kind: 'retry', status: null, error: 'no answer within 0.5 s' }],
    ['cuts the connection', 'drop', { kind: 'retry', status: null }],
  ] as const)('that %s is not taken for one that took it', async (_, behaviour, outcome) => {
    receiver.next.push(behaviour);
    expect(await sender()(target(), message)).toMatchObject(outcome);
  });

  it('does not reach into private networks unless it may, by address or by name', async () => {
    const { port } = new URL(receiver.url);
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '2130706433', '0x7f.1'])
      expect(await sender(false)(target({ url: `http://${host}:${port}/` }), message)).toMatchObject({
        kind: 'refused',
        error: expect.stringContaining('no public address'),
      });
    expect(receiver.received).toEqual([]);
  });

  it('is sent to the address that was checked, whatever the name means by then', async () => {
    const { hostname, port } = new URL(receiver.url);
    const send = createWebhook({ resolve: async () => ({ address: hostname, family: 4 }), timeoutMs: TIMEOUT_MS }, Date.now);
    expect(await send(target({ url: `http://no-such-host.invalid:${port}/pinned` }), message)).toMatchObject({ kind: 'sent' });
    expect(receiver.received.splice(0)[0]).toMatchObject({ path: '/pinned', headers: { host: `no-such-host.invalid:${port}` } });
  });

  it('that nobody resolves is tried again', async () => {
    expect(await sender()(target({ url: 'http://no-such-host.invalid/' }), message)).toMatchObject({ kind: 'retry' });
  });
});

describe('an address', () => {
  it.each([
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '127.8.8.8',
    '224.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
  ])('%s is private', (address) => expect(isPrivate(address)).toBe(true));
  it.each([
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001:db8::1',
    'ff02::1',
  ])('%s is private', (address) => expect(isPrivate(address)).toBe(true));
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001:81b::200e'])('%s is public', (address) =>
    expect(isPrivate(address)).toBe(false),
  );
});
