/** /api/v1/deliveries: every message, what became of it, and sending it once more. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { type Delivery, deliveryStates, listDeliveries, readDelivery, redeliver } from '../query/deliveries.ts';
import { channels } from '../query/outbox.ts';
import { requestScope } from './auth.ts';
import { cursorText, positionOf } from './cursor.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, instant, nullable } from './schemas.ts';

const tags = ['webhooks'];

const Message = Type.Object({
  id: Type.Integer(),
  key: Type.String({ description: 'The same for the same message; receivers see it as Message-ID, dedup_key or webhook-id' }),
  channel: Type.String(),
  target: Type.String(),
  subject: Type.String(),
  tenant: nullable(Type.String()),
  state: Type.String({ description: 'pending, sent, dead (given up) or skipped (its channel is not configured)' }),
  attempts: Type.Integer(),
  createdAt: instant(),
  nextAttemptAt: nullable(instant()),
  finishedAt: nullable(instant()),
  lastError: nullable(Type.String()),
});
export type DeliveryAnswer = Static<typeof Message>;
const Attempt = Type.Object({
  attempt: Type.Integer(),
  attemptedAt: instant(),
  outcome: Type.String({ description: 'sent, retry, dead or skipped' }),
  status: nullable(Type.Integer()),
  error: nullable(Type.String()),
  durationMs: Type.Integer(),
});
export type AttemptAnswer = Static<typeof Attempt>;
const querystring = Type.Object(
  {
    channel: Type.Optional(Type.Enum([...channels])),
    state: Type.Optional(Type.Enum([...deliveryStates])),
    webhook: Type.Optional(Type.String({ format: 'uuid' })),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the page before' })),
  },
  { additionalProperties: false },
);

const shown = ({ tenantId, createdAt, notBefore, finishedAt, ...rest }: Delivery): Static<typeof Message> => ({
  ...rest,
  tenant: tenantId,
  createdAt: createdAt.toISOString(),
  nextAttemptAt: rest.state === 'pending' ? notBefore.toISOString() : null,
  finishedAt: finishedAt?.toISOString() ?? null,
});

const isPosition = ({ id }: { id?: unknown }): boolean => Number.isSafeInteger(id);
const missing = (id: number): never => {
  throw new ImpactError('not_found', `there is no message ${id}`);
};

function addReading(app: App, { postgres }: ApiDeps): void {
  const Page = Type.Object({ deliveries: Type.Array(Message), nextCursor: nullable(Type.String()) });
  app.get(
    '/api/v1/deliveries',
    { schema: { tags, summary: 'Messages to people and other systems, youngest first', querystring, response: answers(Page) } },
    async (request) => {
      const { channel, state, webhook, limit, cursor } = request.query;
      const before = positionOf<{ id: number }>(cursor, isPosition)?.id ?? null;
      // One more than asked for tells whether there is a next page.
      const rows = await listDeliveries(postgres, requestScope(request), { channel, state, webhookId: webhook }, before, limit + 1);
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return { deliveries: page.map(shown), nextCursor: last === undefined ? null : cursorText({ id: last.id }) };
    },
  );
}

export function addDeliveryRoutes(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });
  const One = Type.Intersect([Message, Type.Object({ log: Type.Array(Attempt) })]);
  app.get(
    '/api/v1/deliveries/:id',
    { schema: { tags, summary: 'One message with all its attempts', params, response: answers(One) } },
    async (request) => {
      const found = (await readDelivery(deps.postgres, requestScope(request), request.params.id)) ?? missing(request.params.id);
      const log = found.attempts.map(({ attemptedAt, ...rest }) => ({ ...rest, attemptedAt: attemptedAt.toISOString() }));
      return { ...shown(found.delivery), log };
    },
  );
  app.post(
    '/api/v1/deliveries/:id/redeliver',
    {
      config: { role: 'operator' },
      schema: { tags, summary: 'Send a finished message once more, under the same key', params, response: answers(Message) },
    },
    async (request) => {
      const { id } = request.params;
      const [scope, found] = [requestScope(request), await readDelivery(deps.postgres, requestScope(request), id)];
      if (found === null) return missing(id);
      const sent = await redeliver(deps.postgres, scope, id);
      if (sent === null) throw new ImpactError('conflict', `message ${id} is still on its way`);
      return shown(sent);
    },
  );
}
