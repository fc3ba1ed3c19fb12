/** /api/v1/webhooks: registered receivers of what happens. Secrets go in and do not come out again, save a new signing secret, once. */
import { randomUUID } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { type AnnouncementType, announcementTypes } from '../domain/announcement.ts';
import { ImpactError } from '../domain/errors.ts';
import { parseWebhook, type WebhookForm } from '../domain/webhook.ts';
import { enqueue } from '../query/outbox.ts';
import type { Scope } from '../query/scope.ts';
import { changeWebhook, createWebhook, deleteWebhook, listWebhooks, readWebhook, rotateSecret, type Webhook } from '../query/webhooks.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, instant, nullable, Problem } from './schemas.ts';
import { refuse } from './when.ts';

const example = {
  webhook_url: 'https://your-system.com/webhooks/roi-updates',
  events: ['roi_calculation_complete', 'alert_triggered', 'threshold_exceeded'],
  authentication: 'bearer_token_here',
};
/** Checked by `parseWebhook`, which answers with every fault at once and never repeats a token. */
const Form = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: `webhook_url, events (${announcementTypes.join(', ')}), and authentication: a bearer token that is sent along, or null`,
  examples: [example],
});
const Registered = Type.Object({
  id: Type.String({ format: 'uuid' }),
  webhook_url: Type.String(),
  events: Type.Array(Type.String()),
  authenticated: Type.Boolean({ description: 'Whether a bearer token is sent; the token itself is not shown' }),
  tenant: nullable(Type.String({ description: 'It hears of this tenant alone; null: of everything' })),
  enabled: Type.Boolean(),
  disabledReason: nullable(Type.String()),
  createdBy: Type.String(),
  createdAt: instant(),
  updatedAt: instant(),
});
const Secret = Type.String({ description: 'Signs messages as Standard Webhooks says. It is not shown again' });
export type WebhookAnswer = Static<typeof Registered>;
export type WebhooksAnswer = { webhooks: WebhookAnswer[]; announcements: AnnouncementType[] };
const Made = Type.Intersect([Registered, Type.Object({ signingSecret: Secret })]);
const params = Type.Object({ id: Type.String({ format: 'uuid' }) });
const config = { role: 'operator' as const };
const tags = ['webhooks'];

const shown = ({ url, tenantId, createdAt, updatedAt, ...rest }: Webhook): Static<typeof Registered> => ({
  ...rest,
  webhook_url: url,
  tenant: tenantId,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

const missing = (id: string): never => {
  throw new ImpactError('not_found', `there is no webhook ${id}`);
};

function formOf(document: unknown, partial: boolean): Partial<WebhookForm> {
  const parsed = parseWebhook(document, partial);
  if (!parsed.ok) throw new ImpactError('unprocessable', 'the webhook is not valid', { problems: parsed.problems });
  return parsed.form;
}

/** `enabled` is ours, all else the form's. */
function changeOf({ enabled, ...document }: Record<string, unknown>): Partial<WebhookForm> & { enabled?: boolean } {
  if (enabled !== undefined && typeof enabled !== 'boolean')
    refuse('this is neither on nor off', { field: 'enabled', value: String(enabled), expected: 'true or false' });
  return { ...formOf(document, true), ...(enabled === undefined ? {} : { enabled: enabled as boolean }) };
}

async function visible({ postgres }: ApiDeps, scope: Scope, id: string): Promise<Webhook> {
  return (await readWebhook(postgres, scope, id)) ?? missing(id);
}

/** A message like any other: signed, logged, tried again. */
async function fire({ postgres, now }: ApiDeps, { id, tenantId }: Webhook): Promise<string> {
  const messageId = `msg_test_${randomUUID()}`;
  const data = { message: 'This is a test: nothing has happened.' };
  const body = JSON.stringify({ type: 'test', timestamp: new Date(now()).toISOString(), tenant: tenantId, data });
  const key = `webhook/${id}/${messageId}`;
  await enqueue(postgres, [
    { key, channel: 'webhook', target: id, payload: { webhookId: id, messageId, body }, tenantId, subject: 'test' },
  ]);
  return key;
}

function addReading(app: App, deps: ApiDeps): void {
  const List = Type.Object({
    webhooks: Type.Array(Registered),
    announcements: Type.Array(Type.Enum([...announcementTypes]), { description: 'What a webhook can hear of' }),
  });
  app.get('/api/v1/webhooks', { schema: { tags, summary: 'Registered webhooks', response: answers(List) } }, async (request) => ({
    webhooks: (await listWebhooks(deps.postgres, requestScope(request))).map(shown),
    announcements: [...announcementTypes],
  }));
  app.get('/api/v1/webhooks/:id', { schema: { tags, summary: 'One webhook', params, response: answers(Registered) } }, async (request) =>
    shown(await visible(deps, requestScope(request), request.params.id)),
  );
}

function addWriting(app: App, deps: ApiDeps): void {
  const created = { ...answers(Made), 201: Made };
  app.post(
    '/api/v1/webhooks',
    { config, schema: { tags, summary: 'Register a webhook; answers its signing secret', body: Form, response: created } },
    async (request, reply) => {
      const [form, { name, scope }] = [formOf(request.body, false), callerOf(request)];
      const wanted = { url: form.url ?? '', events: form.events ?? [], authentication: form.authentication ?? null };
      const { webhook, secret } = await deps.postgres.transaction((tx) => createWebhook(tx, scope, wanted, name, deps.config.secretsKeys));
      reply.status(201).header('location', `/api/v1/webhooks/${webhook.id}`);
      return { ...shown(webhook), signingSecret: secret };
    },
  );
  app.patch(
    '/api/v1/webhooks/:id',
    {
      config,
      schema: { tags, summary: 'Change a webhook, or switch it on or off (enabled)', params, body: Form, response: answers(Registered) },
    },
    async (request) => {
      const [change, scope, { id }] = [changeOf(request.body), requestScope(request), request.params];
      return shown((await deps.postgres.transaction((tx) => changeWebhook(tx, scope, id, change, deps.config.secretsKeys))) ?? missing(id));
    },
  );
  app.delete(
    '/api/v1/webhooks/:id',
    { config, schema: { tags, summary: 'Remove a webhook and its messages', params, response: { 204: Type.Null(), '4xx': Problem } } },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await deps.postgres.transaction((tx) => deleteWebhook(tx, requestScope(request), id)))) missing(id);
      return reply.status(204).send(null);
    },
  );
}

function addActions(app: App, deps: ApiDeps): void {
  const Rotated = Type.Object({ signingSecret: Secret });
  app.post(
    '/api/v1/webhooks/:id/rotate',
    {
      config,
      schema: { tags, summary: 'A new signing secret; the one before it signs as well for a day', params, response: answers(Rotated) },
    },
    async (request) => {
      const [scope, { id }] = [requestScope(request), request.params];
      return {
        signingSecret: (await deps.postgres.transaction((tx) => rotateSecret(tx, scope, id, deps.config.secretsKeys))) ?? missing(id),
      };
    },
  );
  const Fired = Type.Object({ key: Type.String({ description: 'Of the message; /api/v1/deliveries lists what becomes of it' }) });
  app.post(
    '/api/v1/webhooks/:id/test',
    { config, schema: { tags, summary: 'Send it a message of the type test', params, response: answers(Fired) } },
    async (request) => ({ key: await fire(deps, await visible(deps, requestScope(request), request.params.id)) }),
  );
}

export function addWebhookRoutes(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  addWriting(app, deps);
  addActions(app, deps);
}
