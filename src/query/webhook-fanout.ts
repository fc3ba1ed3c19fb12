/** Announcements on their way to the webhooks that asked for them. */
import type { AnnouncementType } from '../domain/announcement.ts';
import type { Database } from './outbox.ts';

export type Waiting = { sequence: number; id: string; type: AnnouncementType; occurredAt: number; tenantId: string | null; data: object };
type Row = Omit<Waiting, 'occurredAt'> & { occurredAt: Date };

export async function anyWaiting(database: Database): Promise<boolean> {
  const [row] = await database.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM announcements WHERE fanned_out_at IS NULL) AS any');
  return row?.any ?? false;
}

/** Locked for this transaction, in their order; another process takes others. */
export async function waitingAnnouncements(tx: Database, limit: number): Promise<Waiting[]> {
  const sql = `SELECT sequence, id, type, occurred_at AS "occurredAt", tenant_id AS "tenantId", data FROM announcements
WHERE fanned_out_at IS NULL ORDER BY sequence LIMIT $1 FOR UPDATE SKIP LOCKED`;
  const rows = await tx.query<Row>(sql, [limit]);
  return rows.map(({ occurredAt, ...rest }) => ({ ...rest, occurredAt: occurredAt.getTime() }));
}

export async function markFannedOut(tx: Database, sequences: readonly number[]): Promise<void> {
  await tx.query('UPDATE announcements SET fanned_out_at = now() WHERE sequence = ANY($1)', [sequences]);
}

export type Listener = { id: string; tenantId: string | null; events: AnnouncementType[]; createdAt: number };

/** The webhooks that are switched on. */
export async function listeners(tx: Database): Promise<Listener[]> {
  const rows = await tx.query<Omit<Listener, 'createdAt'> & { createdAt: Date }>(
    'SELECT id, tenant_id AS "tenantId", events, created_at AS "createdAt" FROM webhooks WHERE enabled ORDER BY id',
  );
  return rows.map(({ createdAt, ...rest }) => ({ ...rest, createdAt: createdAt.getTime() }));
}
