/** Settings of what is sent to people and to other systems. Empty ones switch their channel off. */
import { anyUrl, certificates, url } from './connections.ts';
import { choice, flag, pairs, port, secretKeys, text, whole } from './kinds.ts';

export const notifySettings = {
  routingFile: text('ROUTING_FILE', '', 'YAML file that says who is told of what; empty: infra/alerts/routing.yaml'),
  publicUrl: anyUrl('PUBLIC_URL', '', 'Where people open the dashboard, for links in messages; empty: no links'),

  smtpServer: text('SMTP_SERVER', '', 'Mail server; empty: no mails'),
  smtpPort: port('SMTP_PORT', '587', 'Port of the mail server'),
  smtpTls: choice(['auto', 'implicit', 'starttls', 'none'])(
    'SMTP_TLS',
    'auto',
    'TLS to the mail server; auto: implicit on port 465, elsewhere STARTTLS, which is a must where there is a password',
  ),
  smtpCaFile: certificates('SMTP_CA_FILE', '', 'Certificate authority of the mail server; empty: the public ones'),
  emailUser: text('EMAIL_USER', '', 'User at the mail server'),
  emailPassword: text('EMAIL_PASSWORD', '', 'Password at the mail server', { secret: true }),
  fromEmail: text('FROM_EMAIL', 'noreply@enterprisehub.ai', 'Sender of mails'),

  slackWebhookUrl: anyUrl('SLACK_WEBHOOK_URL', '', 'Slack incoming webhook', { secret: true }),
  slackWebhookUrls: pairs('SLACK_WEBHOOK_URLS', '', 'Slack incoming webhooks of single channels, #channel=URL', { secret: true }),
  slackBotToken: text('SLACK_BOT_TOKEN', '', 'Slack bot token (chat:write), instead of webhooks: messages are updated in place', {
    secret: true,
  }),
  slackApiUrl: url('SLACK_API_URL', 'https://slack.com/api', 'Slack Web API'),

  pagerdutyRoutingKey: text('PAGERDUTY_ROUTING_KEY', '', 'Integration key (Events API v2) of the PagerDuty service "default"', {
    secret: true,
  }),
  pagerdutyRoutingKeys: pairs('PAGERDUTY_ROUTING_KEYS', '', 'Keys of further PagerDuty services, name=key', { secret: true }),
  pagerdutyUrl: url('PAGERDUTY_URL', 'https://events.pagerduty.com', 'PagerDuty Events API'),

  webhookAllowPrivate: flag('WEBHOOK_ALLOW_PRIVATE', 'false', 'Registered webhooks may point into private networks'),

  secretsKeys: secretKeys(
    'SECRETS_KEY',
    '',
    'Seals the secrets of webhooks in Postgres and in backups; of several the first one seals, all of them open; empty: they are kept as they are',
    { secret: true },
  ),

  notifyAttempts: whole(1, 100)('NOTIFY_ATTEMPTS', '14', 'How often a message is tried before it is given up'),
  notifyRetryMs: whole(10, 3_600_000)(
    'NOTIFY_RETRY_MS',
    '2000',
    'Wait after the first failed attempt; each further one is three times as long, up to 1 h',
  ),
  notifyTimeoutMs: whole(100, 300_000)('NOTIFY_TIMEOUT_MS', '10000', 'How long a receiver may take to answer'),
  notifyKeepDays: whole(1, 3_650)('NOTIFY_KEEP_DAYS', '90', 'Days that the log of deliveries is kept'),
};
