/** Flags in Postgres: the durable copy, the audit, and what is still to be told on the topic. */
import type { ChangeKind, FlagChange } from '../domain/flags/change.ts';
import type { FlagDocument } from '../domain/flags/flag.ts';
import type { Json } from '../domain/flags/json.ts';

/** What answers statements; the Postgres adapter does. */
export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

/** A flag as Postgres has it; `document` null: deleted. */
export type DurableFlag = { id: string; version: number; document: FlagDocument | null };

type ChangeRow = {
  id: string;
  flag_id: string;
  feature_id: string;
  version: number;
  kind: ChangeKind;
  changed_by: string;
  reason: string;
  evidence: Json;
  before: FlagDocument | null;
  after: FlagDocument | null;
  changed_at: Date;
};

const columns = 'id, flag_id, feature_id, version, kind, changed_by, reason, evidence, before, after, changed_at';

const changeOfRow = (row: ChangeRow): FlagChange => ({
  id: row.id,
  flagId: row.flag_id,
  featureId: row.feature_id,
  version: row.version,
  kind: row.kind,
  by: row.changed_by,
  reason: row.reason,
  evidence: row.evidence,
  occurredAt: row.changed_at.getTime(),
  before: row.before,
  after: row.after,
});

/** One statement, so that there is never a flag without its audit. A change that is there already changes nothing. */
const recordSql = `
WITH recorded AS (
  INSERT INTO flag_changes (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10::jsonb, $11)
  ON CONFLICT (id) DO NOTHING RETURNING flag_id, version, after, changed_at
)
INSERT INTO flags (id, version, document, updated_at) SELECT flag_id, version, after, changed_at FROM recorded
ON CONFLICT (id) DO UPDATE SET version = excluded.version, document = excluded.document, updated_at = excluded.updated_at
WHERE flags.version < excluded.version`;

const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** Writes a change into the audit and the durable copy. Safe to repeat. */
export async function recordChange(database: Database, change: FlagChange): Promise<void> {
  const { id, flagId, featureId, version, kind, by, reason, evidence, before, after, occurredAt } = change;
  const params = [id, flagId, featureId, version, kind, by, reason, text(evidence), text(before), text(after), new Date(occurredAt)];
  await database.query(recordSql, params);
}

/** Every flag that there is or was. */
export function durableFlags(database: Database): Promise<DurableFlag[]> {
  return database.query<DurableFlag>('SELECT id, version, document FROM flags ORDER BY id');
}

/** Every change of a flag, the last one first. */
export async function flagHistory(database: Database, flagId: string): Promise<FlagChange[]> {
  const sql = `SELECT ${columns} FROM flag_changes WHERE flag_id = $1 ORDER BY version DESC, sequence DESC`;
  return (await database.query<ChangeRow>(sql, [flagId])).map(changeOfRow);
}

/** Changes that the topic has not acknowledged, the oldest first. */
export async function untoldChanges(database: Database, limit: number): Promise<FlagChange[]> {
  const sql = `SELECT ${columns} FROM flag_changes WHERE told_at IS NULL ORDER BY sequence LIMIT $1`;
  return (await database.query<ChangeRow>(sql, [limit])).map(changeOfRow);
}

export async function markTold(database: Database, ids: readonly string[]): Promise<void> {
  await database.query('UPDATE flag_changes SET told_at = now() WHERE id = ANY($1::uuid[])', [ids]);
}

/**
 * One teller at a time, so that changes are told in their order. Held until the transaction ends; nobody queues for it, since a topic
 * that is away would then keep every connection to Postgres waiting.
 */
export async function becomeTeller(database: Database): Promise<boolean> {
  const sql = "SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.flag_changes')) AS mine";
  return (await database.query<{ mine: boolean }>(sql))[0]?.mine === true;
}
