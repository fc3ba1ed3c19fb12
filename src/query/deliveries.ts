/** The list of messages with what became of them, for people. */
import type { Channel, Database } from './outbox.ts';
import type { Scope } from './scope.ts';

export const deliveryStates = ['pending', 'sent', 'dead', 'skipped'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export type Delivery = {
  id: number;
  key: string;
  channel: Channel;
  target: string;
  subject: string;
  tenantId: string | null;
  state: DeliveryState;
  attempts: number;
  createdAt: Date;
  /** When it is tried next. */
  notBefore: Date;
  finishedAt: Date | null;
  lastError: string | null;
};
export type DeliveryAttempt = {
  attempt: number;
  attemptedAt: Date;
  outcome: string;
  status: number | null;
  error: string | null;
  durationMs: number;
};
export type DeliveryFilter = { channel?: Channel | undefined; state?: DeliveryState | undefined; webhookId?: string | undefined };

const columns = `id, key, channel, target, subject, tenant_id AS "tenantId", state, attempts, created_at AS "createdAt", not_before AS "notBefore",
  finished_at AS "finishedAt", last_error AS "lastError"`;
const inScope = '($1::text IS NULL OR tenant_id = $1)';

/** The youngest first. @param before the id that a page ended with; null: from the youngest on */
export function listDeliveries(
  database: Database,
  scope: Scope,
  { channel, state, webhookId }: DeliveryFilter,
  before: number | null,
  limit: number,
): Promise<Delivery[]> {
  const sql = `SELECT ${columns} FROM outbox
WHERE ${inScope} AND ($2::text IS NULL OR channel = $2) AND ($3::text IS NULL OR state = $3)
  AND ($4::text IS NULL OR channel = 'webhook' AND target = $4) AND ($5::bigint IS NULL OR id < $5)
ORDER BY id DESC LIMIT $6`;
  return database.query<Delivery>(sql, [scope.tenantId, channel ?? null, state ?? null, webhookId ?? null, before, limit]);
}

/** One message with its attempts; null when there is none in the scope. */
export async function readDelivery(
  database: Database,
  scope: Scope,
  id: number,
): Promise<{ delivery: Delivery; attempts: DeliveryAttempt[] } | null> {
  const [delivery] = await database.query<Delivery>(`SELECT ${columns} FROM outbox WHERE ${inScope} AND id = $2`, [scope.tenantId, id]);
  if (delivery === undefined) return null;
  const sql = `SELECT attempt, attempted_at AS "attemptedAt", outcome, status, error, duration_ms AS "durationMs"
FROM deliveries WHERE outbox_id = $1 ORDER BY attempt`;
  return { delivery, attempts: await database.query<DeliveryAttempt>(sql, [id]) };
}

/**
 * Sends a finished message once more, under the same key. The attempts go on counting, so the log keeps them all.
 * @returns null when there is none in the scope that is finished
 */
export async function redeliver(database: Database, scope: Scope, id: number): Promise<Delivery | null> {
  const sql = `UPDATE outbox SET state = 'pending', not_before = date_trunc('milliseconds', now()), leased_until = NULL, finished_at = NULL
WHERE ${inScope} AND id = $2 AND state <> 'pending' RETURNING ${columns}`;
  const [row] = await database.query<Delivery>(sql, [scope.tenantId, id]);
  return row ?? null;
}
