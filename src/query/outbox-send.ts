/** Taking messages out of the outbox and noting what became of them. */
import type { Outcome, Verdict } from '../domain/notify/send.ts';
import type { Channel, Database } from './outbox.ts';

/** `attempt`: the number of the attempt that this claim is. `root`: what the first message of the same thread was answered; null: this is the first. */
export type Claimed = {
  id: number;
  key: string;
  channel: Channel;
  target: string;
  payload: object;
  attempt: number;
  root: object | null;
};

/**
 * A lease, not a lock: it ends by itself when its process dies, and is no open transaction while a receiver takes its time. Of a lane only the
 * first message that is not finished may go; of a Slack channel, too, which takes one a second. Messages of targets that are left alone at the moment stay where they are.
 */
const claimSql = `
WITH due AS (
  SELECT o.id FROM outbox AS o
  WHERE o.state = 'pending' AND o.not_before <= $1 AND (o.leased_until IS NULL OR o.leased_until <= $1)
    AND NOT (o.channel || '/' || o.target = ANY($4))
    AND (o.lane IS NULL OR NOT EXISTS (
      SELECT FROM outbox AS earlier
      WHERE earlier.lane = o.lane AND earlier.channel = o.channel AND earlier.state = 'pending' AND earlier.id < o.id
    ))
    AND (o.channel <> 'slack' OR NOT EXISTS (
      SELECT FROM outbox AS other
      WHERE other.channel = 'slack' AND other.target = o.target AND other.state = 'pending' AND other.not_before <= $1 AND other.id < o.id
    ))
  ORDER BY o.not_before, o.id LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o SET attempts = attempts + 1, leased_until = $2 FROM due WHERE o.id = due.id
RETURNING o.id, o.key, o.channel, o.target, o.payload, o.attempts AS attempt, (
  SELECT first.receipt FROM outbox AS first
  WHERE o.channel = 'slack' AND first.lane = o.lane AND first.channel = 'slack' AND first.receipt IS NOT NULL ORDER BY first.id LIMIT 1
) AS root`;

/** @param paused "channel/target" of those who are left alone */
export async function claim(
  database: Database,
  now: number,
  leaseMs: number,
  limit: number,
  paused: readonly string[],
): Promise<Claimed[]> {
  const at = (ms: number): string => new Date(ms).toISOString();
  const rows = await database.query<Claimed>(claimSql, [at(now), at(now + leaseMs), limit, paused]);
  return rows.sort((a, b) => a.id - b.id);
}

/** A message is settled by its last claim only: one whose lease had ended may be another's by now. The attempt is logged all the same. */
const settleSql = `
WITH attempt AS (
  INSERT INTO deliveries (outbox_id, attempt, attempted_at, outcome, status, error, duration_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (outbox_id, attempt) DO NOTHING
)
UPDATE outbox SET state = $8, leased_until = NULL, last_error = $6, not_before = coalesce($9, not_before), receipt = coalesce($10::jsonb, receipt),
  finished_at = CASE WHEN $8 = 'pending' THEN NULL ELSE $3::timestamptz + make_interval(secs => $7 / 1000.0) END
WHERE id = $1 AND attempts = $2`;

export type Attempt = { message: Claimed; outcome: Outcome; verdict: Verdict; startedAt: number; endedAt: number };

export async function settle(database: Database, { message, outcome, verdict, startedAt, endedAt }: Attempt): Promise<void> {
  const waits = verdict.state === 'pending';
  const at = (ms: number): string => new Date(ms).toISOString();
  await database.query(settleSql, [
    message.id,
    message.attempt,
    at(startedAt),
    waits ? 'retry' : verdict.state,
    outcome.kind === 'skipped' ? null : outcome.status,
    outcome.kind === 'sent' ? null : outcome.error.slice(0, 1000),
    Math.max(0, Math.round(endedAt - startedAt)),
    verdict.state,
    waits ? at(endedAt + verdict.waitMs) : null,
    outcome.kind === 'sent' && outcome.receipt !== undefined ? JSON.stringify(outcome.receipt) : null,
  ]);
}

/** How much waits for each channel, and since when: the age of what is due, in seconds. */
export function depths(
  database: Database,
  now: number,
): Promise<{ channel: Channel; waiting: number; ageSeconds: number; dead: number }[]> {
  const sql = `SELECT channel, count(*) FILTER (WHERE state = 'pending') AS waiting, count(*) FILTER (WHERE state = 'dead') AS dead,
  coalesce(extract(epoch FROM $1::timestamptz - min(created_at) FILTER (WHERE state = 'pending' AND not_before <= $1)), 0)::double precision AS "ageSeconds"
FROM outbox WHERE state IN ('pending', 'dead') GROUP BY channel`;
  return database.query(sql, [new Date(now).toISOString()]);
}
