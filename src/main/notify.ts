/** How the notify stage reaches people and other systems. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Senders } from '../../streams/notify/send.ts';
import { createMail } from '../adapters/mail.ts';
import { createPagerDuty } from '../adapters/pagerduty.ts';
import { defaultRoutingFile, readRoutingFile } from '../adapters/routing-file.ts';
import { createSlack } from '../adapters/slack.ts';
import { createWebhook } from '../adapters/webhook.ts';
import { publicAddress } from '../adapters/webhook-address.ts';
import type { Config } from '../config.ts';
import type { MailPayload, PagerDutyPayload, SlackPayload, WebhookPayload } from '../domain/notify/payload.ts';
import type { Routing } from '../domain/notify/routing.ts';
import type { Outcome } from '../domain/notify/send.ts';
import type { Resumed } from '../query/notify/restore.ts';
import type { Channel, Database } from '../query/outbox.ts';
import { webhookAddress } from '../query/webhooks.ts';
import type { Failpoint } from '../runtime/failpoint.ts';
import type { Adapters } from './adapters.ts';

/** @throws ImpactError `unprocessable` with every fault of the file */
export const routingOf = ({ routingFile }: Pick<Config, 'routingFile'>): Routing =>
  readRoutingFile(routingFile === '' ? defaultRoutingFile : routingFile);

const mailOf = (config: Config) =>
  createMail({
    server: config.smtpServer,
    port: config.smtpPort,
    tls: config.smtpTls,
    user: config.emailUser,
    password: config.emailPassword,
    from: config.fromEmail,
    ca: config.smtpCaFile === '' ? undefined : readFileSync(config.smtpCaFile, 'utf8'),
    timeoutMs: config.notifyTimeoutMs,
  });

const slackOf = ({ slackApiUrl, slackBotToken, slackWebhookUrl, slackWebhookUrls, notifyTimeoutMs }: Config) => {
  const webhooks = { webhook: slackWebhookUrl, webhooks: slackWebhookUrls };
  return createSlack({ apiUrl: slackApiUrl, token: slackBotToken, ...webhooks, timeoutMs: notifyTimeoutMs }, Date.now);
};

const pagerDutyOf = ({ pagerdutyUrl, pagerdutyRoutingKey, pagerdutyRoutingKeys, notifyTimeoutMs }: Config) =>
  createPagerDuty(
    { url: pagerdutyUrl, keys: { default: pagerdutyRoutingKey, ...pagerdutyRoutingKeys }, timeoutMs: notifyTimeoutMs },
    Date.now,
  );

/** Webhooks are looked up when they are sent to: a secret that was rotated, or a webhook that was switched off, counts at once. */
function webhookSender(postgres: Database, { webhookAllowPrivate, notifyTimeoutMs, secretsKeys }: Config): Senders['webhook'] {
  const resolve = (hostname: string) => publicAddress(hostname, webhookAllowPrivate);
  const send = createWebhook({ resolve, timeoutMs: notifyTimeoutMs }, Date.now);
  return async ({ payload }) => {
    const { webhookId, messageId, body } = payload as WebhookPayload;
    const address = await webhookAddress(postgres, webhookId, secretsKeys);
    if (address === null || !address.enabled) return { kind: 'refused', status: null, error: 'the webhook is switched off' };
    return send(address, { messageId, body });
  };
}

/** What sends the messages of each channel. */
export function createSenders({ config, postgres }: { config: Config; postgres: Database }): Senders {
  const [mail, slack, pagerDuty] = [mailOf(config), slackOf(config), pagerDutyOf(config)];
  return {
    mail: ({ key, payload }) => mail(key, payload as MailPayload),
    slack: ({ payload, root }) => slack(payload as SlackPayload, root),
    pagerduty: ({ target, payload }) => pagerDuty(target, payload as PagerDutyPayload),
    webhook: webhookSender(postgres, config),
  };
}

/** After a restore: what came since the backup is taken in, and told once. @param cutAt the backup's moment, ms since 1970 */
export async function resume(adapters: Adapters, failpoint: Failpoint, cutAt: number): Promise<Resumed> {
  const { resumeNotify } = await import('../../streams/notify/resume.ts');
  const { config, registry, logs } = adapters;
  const decoders = { alert: registry.decoder('alert'), change: registry.decoder('flag-change') };
  const own = { namespace: config.namespace, publicUrl: config.publicUrl, routing: routingOf(config), decoders };
  return resumeNotify({ ...adapters, ...own, log: logs('notify'), failpoint, now: Date.now }, cutAt);
}

const trials: Record<Channel, (target: string) => object> = {
  mail: (to) => ({ to: [to], subject: 'impactstream: a test', text: 'This is a test: nothing has happened.' }) satisfies MailPayload,
  slack: (channel) => ({ channel, text: 'This is a test: nothing has happened.' }) satisfies SlackPayload,
  // A change event opens no incident.
  pagerduty: () => {
    const payload = { summary: 'impactstream: a test, nothing has happened', source: 'impactstream', timestamp: new Date().toISOString() };
    return { kind: 'change', event: { payload } } satisfies PagerDutyPayload;
  },
  webhook: () => ({}),
};

/** Sends one harmless message to one receiver now, past the outbox: whether the settings are right. */
export async function tryReceiver(adapters: { config: Config; postgres: Database }, channel: Channel, target: string): Promise<Outcome> {
  const message = { id: 0, key: `trial/${randomUUID()}`, attempt: 1, root: null };
  return createSenders(adapters)[channel]({ ...message, channel, target, payload: trials[channel](target) });
}
