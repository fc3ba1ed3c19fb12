/** Silences in Postgres: made, listed, ended. */
import { randomUUID } from 'node:crypto';
import type { Silence } from '../domain/notify/mute.ts';
import type { Severity } from '../domain/rule.ts';
import type { Database } from './outbox.ts';
import type { Scope } from './scope.ts';

export type StoredSilence = Silence & { createdBy: string; reason: string; createdAt: number; endedBy: string | null };
/** Null matches everything. Times in milliseconds since 1970. */
export type NewSilence = Omit<Silence, 'id'> & { createdBy: string; reason: string };

type Row = {
  id: string;
  tenant_id: string | null;
  feature_id: string | null;
  rule: string | null;
  severity: Severity | null;
  starts_at: Date;
  ends_at: Date;
  created_by: string;
  reason: string;
  created_at: Date;
  ended_by: string | null;
};

const columns = 'id, tenant_id, feature_id, rule, severity, starts_at, ends_at, created_by, reason, created_at, ended_by';

const stored = (row: Row): StoredSilence => ({
  id: row.id,
  tenantId: row.tenant_id,
  featureId: row.feature_id,
  rule: row.rule,
  severity: row.severity,
  startsAt: row.starts_at.getTime(),
  endsAt: row.ends_at.getTime(),
  createdBy: row.created_by,
  reason: row.reason,
  createdAt: row.created_at.getTime(),
  endedBy: row.ended_by,
});

/** A group that waits is looked at again at once, and then sees the change. */
const wake = (tx: Database): Promise<unknown> => tx.query('UPDATE notify_groups SET due_at = now() WHERE due_at > now()');

export async function createSilence(tx: Database, wanted: NewSilence): Promise<StoredSilence> {
  const { tenantId, featureId, rule, severity, startsAt, endsAt, createdBy, reason } = wanted;
  const sql = `INSERT INTO silences (id, tenant_id, feature_id, rule, severity, starts_at, ends_at, created_by, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${columns}`;
  const params = [randomUUID(), tenantId, featureId, rule, severity, new Date(startsAt), new Date(endsAt), createdBy, reason];
  const [row] = await tx.query<Row>(sql, params);
  if (row === undefined) throw new Error('Postgres returned no row for an INSERT');
  return stored(row);
}

/** The silences that have not ended by `from`, the one that ends first foremost. A tenant sees its own. */
export async function listSilences(database: Database, scope: Scope, from: number, limit: number): Promise<StoredSilence[]> {
  const sql = `SELECT ${columns} FROM silences WHERE ends_at > $1 AND ($2::text IS NULL OR tenant_id = $2) ORDER BY ends_at, id LIMIT $3`;
  return (await database.query<Row>(sql, [new Date(from), scope.tenantId, limit])).map(stored);
}

/** Ends a silence now. @returns null when there is none of this id in the scope; one that has ended stays as it is */
export async function endSilence(tx: Database, id: string, scope: Scope, by: string, now: number): Promise<StoredSilence | null> {
  const sql = `UPDATE silences SET ended_by = CASE WHEN ends_at > $3 THEN $4 ELSE ended_by END,
  starts_at = least(starts_at, $3), ends_at = least(ends_at, $3)
WHERE id = $1 AND ($2::text IS NULL OR tenant_id = $2) RETURNING ${columns}`;
  const [row] = await tx.query<Row>(sql, [id, scope.tenantId, new Date(now), by]);
  if (row === undefined) return null;
  await wake(tx);
  return stored(row);
}
