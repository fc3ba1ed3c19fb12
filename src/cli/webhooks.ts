/** `impact webhooks`: registered receivers of what happens. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { Command, Option } from 'commander';
import { type AnnouncementType, announcementTypes } from '../domain/announcement.ts';
import { ImpactError } from '../domain/errors.ts';
import { parseWebhook, type WebhookForm } from '../domain/webhook.ts';
import { enqueue } from '../query/outbox.ts';
import { scopeOf } from '../query/scope.ts';
import { changeWebhook, createWebhook, deleteWebhook, listWebhooks, readWebhook, rotateSecret, type Webhook } from '../query/webhooks.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import type { Format } from './render.ts';
import { outputOption, type Said, saidOption, say, sayJson, sayRows } from './said.ts';
import { withSystem } from './system.ts';

type AddOptions = { event: AnnouncementType[]; tenant?: string; output: Said };
const everyone = scopeOf(null);

const found = <T>(value: T | null | false, id: string): T => {
  if (value === null || value === false)
    throw new ImpactError('not_found', `there is no webhook ${id}; \`impact webhooks list\` shows the ids`);
  return value;
};

const rowOf = ({ id, url, events, tenantId, enabled, disabledReason, authenticated, createdBy }: Webhook): Record<string, unknown> => ({
  id,
  url,
  events: events.join(', '),
  tenant: tenantId ?? '(every)',
  state: enabled ? 'on' : `off: ${disabledReason}`,
  token: authenticated ? 'yes' : 'no',
  by: createdBy,
});

async function list(context: Context, format: Format): Promise<void> {
  const webhooks = await withSystem(context, ({ postgres }) => listWebhooks(postgres, everyone));
  sayRows(context, format === 'json' ? webhooks : webhooks.map(rowOf), format);
}

/** The token comes from the environment: a command line is everybody's to read. */
function formOf(context: Context, url: string, events: readonly string[]): WebhookForm {
  const parsed = parseWebhook({ webhook_url: url, events, authentication: context.env['IMPACT_WEBHOOK_TOKEN'] ?? null });
  if (!parsed.ok) throw new ImpactError('unprocessable', 'the webhook is not valid', { problems: parsed.problems });
  return parsed.form as WebhookForm;
}

async function add(context: Context, url: string, { event, tenant, output }: AddOptions): Promise<void> {
  const form = formOf(context, url, event);
  const made = await withSystem(context, ({ postgres, config }) =>
    postgres.transaction((tx) => createWebhook(tx, scopeOf(tenant ?? null), form, userInfo().username, config.secretsKeys)),
  );
  if (output === 'json') return sayJson(context, { ...made.webhook, signingSecret: made.secret });
  context.out(`${made.secret}\n`);
  context.err(`Webhook ${made.webhook.id}: messages are signed with this secret, which cannot be shown again.\n`);
}

async function change(context: Context, id: string, enabled: boolean, output: Said): Promise<void> {
  const webhook = await withSystem(context, ({ postgres, config }) =>
    postgres.transaction((tx) => changeWebhook(tx, everyone, id, { enabled }, config.secretsKeys)),
  );
  const changed = found(webhook, id);
  say(context, output, changed.enabled ? 'on' : 'off', changed);
}

async function rotate(context: Context, id: string, output: Said): Promise<void> {
  const secret = await withSystem(context, ({ postgres, config }) =>
    postgres.transaction((tx) => rotateSecret(tx, everyone, id, config.secretsKeys)),
  );
  const signingSecret = found(secret, id);
  say(context, output, signingSecret, { id, signingSecret });
  context.err('The secret before it signs as well for 24 hours.\n');
}

async function remove(context: Context, id: string, output: Said): Promise<void> {
  found(await withSystem(context, ({ postgres }) => postgres.transaction((tx) => deleteWebhook(tx, everyone, id))), id);
  say(context, output, `removed ${id}`, { id, removed: true });
}

async function fire(context: Context, id: string, output: Said): Promise<void> {
  const [messageId, timestamp] = [`msg_test_${randomUUID()}`, new Date(context.now()).toISOString()];
  const key = `webhook/${id}/${messageId}`;
  await withSystem(context, async ({ postgres }) => {
    const { tenantId } = found(await readWebhook(postgres, everyone, id), id);
    const body = JSON.stringify({ type: 'test', timestamp, tenant: tenantId, data: { message: 'This is a test: nothing has happened.' } });
    const payload = { webhookId: id, messageId, body };
    await enqueue(postgres, [{ key, channel: 'webhook', target: id, payload, tenantId, subject: 'test' }]);
  });
  say(context, output, key, { key, messageId });
  context.err('The notify stage sends it; `impact deliveries list --channel webhook` shows what became of it.\n');
}

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function onOne(name: string, purpose: string, work: (id: string, output: Said) => Promise<void>): Command {
  const command = new Command(name).description(purpose).argument('<id>', 'as `webhooks list` shows it').addOption(saidOption());
  command.action((id: string, { output }: { output: Said }) => (isUuid.test(id) ? work(id, output) : found<void>(null, id)));
  return withExamples(command, [`webhooks ${name} 0f8fad5b-d9cb-469f-a165-70867728950e`, purpose]);
}

/** The command with its subcommands. */
export function webhooksCommand(context: Context): Command {
  const listCommand = new Command('list')
    .description('every webhook, without its secrets')
    .addOption(outputOption())
    .action(({ output }: { output: Format }) => list(context, output));
  const addCommand = new Command('add')
    .description('register a webhook and print its signing secret, this one time; IMPACT_WEBHOOK_TOKEN is the bearer token to send')
    .argument('<url>', 'where messages are sent')
    .addOption(new Option('--event <type...>', 'what it hears of').choices(announcementTypes).makeOptionMandatory())
    .option('--tenant <id>', 'it hears of this tenant alone; without this of everything')
    .addOption(saidOption())
    .action((url: string, options: AddOptions) => add(context, url, options));
  const command = new Command('webhooks').description('systems that are told of what happens');
  command.addCommand(withExamples(listCommand, ['webhooks list', 'who is told of what']));
  command.addCommand(
    withExamples(addCommand, [
      'webhooks add https://your-system.com/hook --event alert_triggered alert_resolved',
      'signed messages from now on',
    ]),
  );
  command.addCommand(onOne('test', 'send it a message of the type test', (id, output) => fire(context, id, output)));
  command.addCommand(onOne('rotate', 'print a new signing secret', (id, output) => rotate(context, id, output)));
  command.addCommand(onOne('on', 'switch it on again', (id, output) => change(context, id, true, output)));
  command.addCommand(onOne('off', 'switch it off', (id, output) => change(context, id, false, output)));
  command.addCommand(onOne('remove', 'remove it and its messages', (id, output) => remove(context, id, output)));
  return withExamples(command, ['webhooks list', 'who is told of what']);
}
