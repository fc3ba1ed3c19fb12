/** Announcements: what has happened, for the registered webhooks. The notify stage carries each to those that asked for its type. */
import type { AnnouncementType } from '../domain/announcement.ts';
import type { Database } from './outbox.ts';

/** `id` is the same for the same happening, which is announced once. `occurredAt` in milliseconds since 1970. `tenantId` null: it is about all. */
export type Announcement = { id: string; type: AnnouncementType; occurredAt: number; tenantId: string | null; data: object };

const announceSql = `
INSERT INTO announcements (id, type, occurred_at, tenant_id, data)
SELECT a.id, a.type, a.occurred_at, a.tenant_id, a.data
FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
  id text, type text, occurred_at timestamptz, tenant_id text, data jsonb
)) WITH ORDINALITY AS a
ORDER BY a.ordinality
ON CONFLICT (id) DO NOTHING`;

const rowOf = ({ occurredAt, tenantId, ...rest }: Announcement): object => ({
  ...rest,
  tenant_id: tenantId,
  occurred_at: new Date(occurredAt).toISOString(),
});

/** Announces several happenings at once. @param tx the transaction in which they happened */
export async function announceAll(tx: Database, announcements: readonly Announcement[]): Promise<void> {
  if (announcements.length > 0) await tx.query(announceSql, [JSON.stringify(announcements.map(rowOf))]);
}

/** Announces one happening. @param tx the transaction in which it happened */
export const announce = (tx: Database, announcement: Announcement): Promise<void> => announceAll(tx, [announcement]);
