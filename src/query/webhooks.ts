/** Registered webhooks. Their secrets stand in a table of their own, and leave it only to be sent or signed with, or once when they are made. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AnnouncementType } from '../domain/announcement.ts';
import type { WebhookForm } from '../domain/webhook.ts';
import type { Database } from './outbox.ts';
import type { Scope } from './scope.ts';
import { isCurrent, isSealed, type Keys, seal, unseal } from './sealed.ts';

/** A webhook without its secrets. `tenantId` null: it hears of every tenant. */
export type Webhook = {
  id: string;
  tenantId: string | null;
  url: string;
  events: AnnouncementType[];
  enabled: boolean;
  disabledReason: string | null;
  /** Whether a bearer token is sent. */
  authenticated: boolean;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
};

const columns = `id, tenant_id AS "tenantId", url, events, enabled, disabled_reason AS "disabledReason",
  EXISTS (SELECT FROM webhook_secrets AS s WHERE s.webhook_id = webhooks.id AND s.kind = 'bearer') AS authenticated,
  created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt"`;
const inScope = '($1::text IS NULL OR tenant_id = $1)';

/** How long a secret that was rotated out signs beside the new one. */
const OVERLAP = "interval '24 hours'";

/** As Standard Webhooks writes symmetric secrets: 24 to 64 random bytes in base64 after a prefix. */
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

type Kind = 'bearer' | 'signing';
/** What a sealed secret belongs to. */
const aboutOf = (id: string, kind: Kind): string => `webhook ${id}, ${kind}`;

const addSecret = (tx: Database, keys: Keys, id: string, kind: Kind, secret: string): Promise<unknown> =>
  tx.query('INSERT INTO webhook_secrets (webhook_id, kind, secret) VALUES ($1, $2, $3)', [id, kind, seal(keys, secret, aboutOf(id, kind))]);

/** Null where no key opens it: whoever needs it is told then. */
function opened(keys: Keys, secret: string, about: string): string | null {
  try {
    return unseal(keys, secret, about);
  } catch {
    return null;
  }
}

/** The youngest first. */
export function listWebhooks(database: Database, scope: Scope): Promise<Webhook[]> {
  return database.query<Webhook>(`SELECT ${columns} FROM webhooks WHERE ${inScope} ORDER BY created_at DESC, id`, [scope.tenantId]);
}

/** Null when there is none of this id in the scope. */
export async function readWebhook(database: Database, scope: Scope, id: string): Promise<Webhook | null> {
  const [row] = await database.query<Webhook>(`SELECT ${columns} FROM webhooks WHERE ${inScope} AND id = $2`, [scope.tenantId, id]);
  return row ?? null;
}

/** @returns the webhook and its signing secret, which is not shown again */
export async function createWebhook(
  tx: Database,
  scope: Scope,
  { url, events, authentication }: WebhookForm,
  by: string,
  keys: Keys,
): Promise<{ webhook: Webhook; secret: string }> {
  const [id, secret] = [randomUUID(), newSecret()];
  const sql = 'INSERT INTO webhooks (id, tenant_id, url, events, created_by) VALUES ($1, $2, $3, $4, $5)';
  await tx.query(sql, [id, scope.tenantId, url, events, by]);
  await addSecret(tx, keys, id, 'signing', secret);
  if (authentication !== null) await addSecret(tx, keys, id, 'bearer', authentication);
  return { webhook: (await readWebhook(tx, scope, id)) as Webhook, secret };
}

async function changeToken(tx: Database, keys: Keys, id: string, authentication: string | null): Promise<void> {
  await tx.query(`DELETE FROM webhook_secrets WHERE webhook_id = $1 AND kind = 'bearer'`, [id]);
  if (authentication !== null) await addSecret(tx, keys, id, 'bearer', authentication);
}

/** What is left out stays as it is. @returns null when there is none of this id in the scope */
export async function changeWebhook(
  tx: Database,
  scope: Scope,
  id: string,
  { url, events, authentication, enabled }: Partial<WebhookForm> & { enabled?: boolean },
  keys: Keys,
): Promise<Webhook | null> {
  const sql = `UPDATE webhooks SET url = coalesce($3, url), events = coalesce($4, events), enabled = coalesce($5, enabled),
  disabled_reason = CASE WHEN coalesce($5, enabled) THEN NULL ELSE coalesce(disabled_reason, 'switched off') END, updated_at = now()
WHERE ${inScope} AND id = $2 RETURNING id`;
  const rows = await tx.query(sql, [scope.tenantId, id, url ?? null, events ?? null, enabled ?? null]);
  if (rows.length === 0) return null;
  if (authentication !== undefined) await changeToken(tx, keys, id, authentication);
  return readWebhook(tx, scope, id);
}

/** A new signing secret; the present ones sign beside it for a day. @returns null when there is none of this id in the scope */
export async function rotateSecret(tx: Database, scope: Scope, id: string, keys: Keys): Promise<string | null> {
  if ((await readWebhook(tx, scope, id)) === null) return null;
  const sql = `UPDATE webhook_secrets SET expires_at = least(coalesce(expires_at, now() + ${OVERLAP}), now() + ${OVERLAP}) WHERE webhook_id = $1 AND kind = 'signing'`;
  await tx.query(sql, [id]);
  await tx.query(`DELETE FROM webhook_secrets WHERE webhook_id = $1 AND expires_at <= now()`, [id]);
  const secret = newSecret();
  await addSecret(tx, keys, id, 'signing', secret);
  return secret;
}

/** @returns whether there was one of this id in the scope */
export async function deleteWebhook(tx: Database, scope: Scope, id: string): Promise<boolean> {
  const rows = await tx.query(`DELETE FROM webhooks WHERE ${inScope} AND id = $2 RETURNING id`, [scope.tenantId, id]);
  if (rows.length > 0) await tx.query(`DELETE FROM outbox WHERE channel = 'webhook' AND target = $1`, [id]);
  return rows.length > 0;
}

/** The receiver has said that it wants no more. */
export async function disableWebhook(database: Database, id: string, reason: string): Promise<void> {
  await database.query('UPDATE webhooks SET enabled = false, disabled_reason = $2, updated_at = now() WHERE id = $1', [id, reason]);
}

/** What sending takes: where to, the bearer token, and every secret that signs now, the newest first. */
export type WebhookAddress = { url: string; enabled: boolean; bearer: string | null; secrets: string[] };

const addressSql = `
SELECT url, enabled,
  (SELECT secret FROM webhook_secrets WHERE webhook_id = $1 AND kind = 'bearer' LIMIT 1) AS bearer,
  ARRAY(SELECT secret FROM webhook_secrets WHERE webhook_id = $1 AND kind = 'signing' AND (expires_at IS NULL OR expires_at > now())
        ORDER BY created_at DESC) AS secrets
FROM webhooks WHERE id = $1`;

/** @throws ImpactError `bad_configuration` when a secret is sealed with a key that is not known */
export async function webhookAddress(database: Database, id: string, keys: Keys): Promise<WebhookAddress | null> {
  const [row] = await database.query<WebhookAddress>(addressSql, [id]);
  if (row === undefined) return null;
  const bearer = row.bearer === null ? null : unseal(keys, row.bearer, aboutOf(id, 'bearer'));
  return { ...row, bearer, secrets: row.secrets.map((secret) => unseal(keys, secret, aboutOf(id, 'signing'))) };
}

/** How many secrets anybody can read who reads the table. */
export async function openSecrets(database: Database): Promise<number> {
  return (await database.query<{ secret: string }>('SELECT secret FROM webhook_secrets')).filter(({ secret }) => !isSealed(secret)).length;
}

/** Seals what is not sealed with the first key, as far as the keys open it: after a key was set, or another one was put before it. */
export async function sealSecrets(tx: Database, keys: Keys): Promise<void> {
  const rows = await tx.query<{ id: string; kind: Kind; secret: string }>(
    'SELECT webhook_id AS id, kind, secret FROM webhook_secrets FOR UPDATE',
  );
  for (const { id, kind, secret } of rows.filter((row) => !isCurrent(keys, row.secret))) {
    const plain = opened(keys, secret, aboutOf(id, kind));
    const sql = 'UPDATE webhook_secrets SET secret = $4 WHERE webhook_id = $1 AND kind = $2 AND secret = $3';
    if (plain !== null) await tx.query(sql, [id, kind, secret, seal(keys, plain, aboutOf(id, kind))]);
  }
}
