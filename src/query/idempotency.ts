/** Idempotency keys in Postgres: who has a request, and what was answered to it. */

/** What answers statements; the Postgres adapter does. */
export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

export type KeyOwner = { tokenId: string; key: string };
export type KeptAnswer = { status: number; headers: Record<string, string>; body: string };
/** `mine`: carry it out. `busy`: somebody does. `other`: the key belongs to another request. */
export type Claim = { outcome: 'mine' | 'busy' | 'other' } | { outcome: 'answered'; answer: KeptAnswer };

type Row = { same: boolean; status: number | null; headers: Record<string, string>; body: string };

/** A request that was begun and has not ended in this time will not: its process has died. */
const ABANDONED = "interval '60 seconds'";
const KEPT = "interval '24 hours'";

/** Takes the key, also from whoever has died with it or left it a day ago. */
const claimSql = `
INSERT INTO idempotency_keys AS k (token_id, key, fingerprint) VALUES ($1, $2, $3)
ON CONFLICT (token_id, key) DO UPDATE SET started_at = now(), fingerprint = excluded.fingerprint, status = NULL, headers = NULL, body = NULL
WHERE k.started_at < now() - ${KEPT} OR (k.status IS NULL AND k.fingerprint = excluded.fingerprint AND k.started_at < now() - ${ABANDONED})
RETURNING true AS mine`;

const lookSql = 'SELECT fingerprint = $3 AS same, status, headers, body FROM idempotency_keys WHERE token_id = $1 AND key = $2';

/** @param fingerprint the same for the same request only */
export async function claimKey(database: Database, { tokenId, key }: KeyOwner, fingerprint: Buffer): Promise<Claim> {
  const params = [tokenId, key, fingerprint];
  const [mine] = await database.query(claimSql, params);
  if (mine) return { outcome: 'mine' };
  const [row] = await database.query<Row>(lookSql, params);
  if (!row) return { outcome: 'busy' };
  if (!row.same) return { outcome: 'other' };
  if (row.status === null) return { outcome: 'busy' };
  return { outcome: 'answered', answer: { status: row.status, headers: row.headers, body: row.body } };
}

export async function keepAnswer(database: Database, { tokenId, key }: KeyOwner, { status, headers, body }: KeptAnswer): Promise<void> {
  const sql = 'UPDATE idempotency_keys SET status = $3, headers = $4::jsonb, body = $5 WHERE token_id = $1 AND key = $2';
  await database.query(sql, [tokenId, key, status, JSON.stringify(headers), body]);
}

/** The request has failed for a reason of ours: it may be tried again. */
export async function releaseKey(database: Database, { tokenId, key }: KeyOwner): Promise<void> {
  await database.query('DELETE FROM idempotency_keys WHERE token_id = $1 AND key = $2', [tokenId, key]);
}

export async function forgetOldKeys(database: Database): Promise<void> {
  await database.query(`DELETE FROM idempotency_keys WHERE started_at < now() - ${KEPT}`);
}
