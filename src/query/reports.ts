/** Reports that were made: by the clock, and whenever somebody sent one. Dates are the first days of their periods. */
import type { ReportKind } from '../domain/report/period.ts';
import type { Due } from '../domain/schedule.ts';
import type { Database } from './outbox.ts';
import type { Scope } from './scope.ts';

/** The newest period of each kind that the clock has made or passed over; null: none yet. */
export async function newestRuns(database: Database): Promise<ReadonlyMap<ReportKind, string>> {
  const rows = await database.query<{ kind: ReportKind; date: string }>('SELECT kind, max(date) AS date FROM report_runs GROUP BY kind');
  return new Map(rows.map(({ kind, date }) => [kind, date]));
}

const runSql = `
INSERT INTO report_runs (kind, date, outcome, due_at, run_at, reason) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (kind, date) DO NOTHING RETURNING date`;

/** @returns false when somebody has recorded this one before */
export async function recordRun(tx: Database, { kind, period, dueAt }: Due, at: number, skipped: string | null): Promise<boolean> {
  const row = [kind, period.from, skipped === null ? 'made' : 'skipped', new Date(dueAt), new Date(at), skipped ?? ''];
  return (await tx.query(runSql, row)).length > 0;
}

export type RunRow = { kind: ReportKind; date: string; outcome: 'made' | 'skipped'; dueAt: Date; runAt: Date; reason: string };
/** `deliveries`: each message with what became of it. */
export type SendRow = {
  id: string;
  kind: ReportKind;
  date: string;
  tenant: string | null;
  sentBy: string;
  sentAt: Date;
  deliveries: { key: string; channel: string; target: string; state: string; error: string | null }[];
};

const runsSql = `SELECT kind, date, outcome, due_at AS "dueAt", run_at AS "runAt", reason FROM report_runs
WHERE ($1::text IS NULL OR kind = $1) AND ($2::date IS NULL OR date = $2)
ORDER BY due_at DESC, kind LIMIT $3`;

/** What the clock did, newest first. */
export function reportRuns(database: Database, kind: ReportKind | null, date: string | null, limit: number): Promise<RunRow[]> {
  return database.query<RunRow>(runsSql, [kind, date, limit]);
}

const sendsSql = `
SELECT sends.id, sends.kind, sends.date, sends.tenant_id AS tenant, sends.sent_by AS "sentBy", sends.sent_at AS "sentAt",
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('key', o.key, 'channel', o.channel, 'target', o.target, 'state', o.state, 'error', o.last_error) ORDER BY o.id)
    FROM outbox AS o WHERE o.key = ANY(sends.outbox_keys)
  ), '[]') AS deliveries
FROM report_sends AS sends
WHERE ($1::text IS NULL OR sends.tenant_id = $1) AND ($2::text IS NULL OR sends.kind = $2) AND ($3::date IS NULL OR sends.date = $3)
ORDER BY sends.sent_at DESC, sends.id LIMIT $4`;

/** Sendings, newest first: a tenant's own, or all of them. */
export function reportSends(
  database: Database,
  scope: Scope,
  kind: ReportKind | null,
  date: string | null,
  limit: number,
): Promise<SendRow[]> {
  return database.query<SendRow>(sendsSql, [scope.tenantId, kind, date, limit]);
}

/** A report as it was sent; null when there is no such sending in the scope. */
export async function sentDocument(database: Database, scope: Scope, id: string): Promise<object | null> {
  const sql = 'SELECT document FROM report_sends WHERE id = $1 AND ($2::text IS NULL OR tenant_id = $2)';
  const [row] = await database.query<{ document: object }>(sql, [id, scope.tenantId]);
  return row?.document ?? null;
}
