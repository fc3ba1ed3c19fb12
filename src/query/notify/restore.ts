/** What notify and schedule remember of what was sent, when Postgres was set back to a backup. */
import type { NotifyPosition } from '../../domain/backup.ts';
import type { Due } from '../../domain/schedule.ts';
import { missedReports } from '../../domain/schedule.ts';
import type { Database } from '../outbox.ts';
import { type TimeSettings, timesOf } from '../report/settings.ts';
import { newestRuns, recordRun } from '../reports.ts';

/** `records`: taken in since the backup. `tellings`: messages of groups about them. `held`: messages that wait for somebody's decision. */
export type Resumed = { records: number; tellings: number; held: number };

/** How far the topics of this namespace have been taken in. @param prefix what their full names begin with */
export async function notifyPositions(database: Database, prefix: string): Promise<NotifyPosition[]> {
  const rows = await database.query<NotifyPosition>('SELECT topic, partition, next_offset AS next FROM notify_positions');
  return rows.filter(({ topic }) => topic.startsWith(prefix)).map((one) => ({ ...one, topic: one.topic.slice(prefix.length) }));
}

const holdSql = `
WITH held AS (
  UPDATE outbox SET state = 'dead', finished_at = now(), leased_until = NULL,
    last_error = 'held back: a backup was restored in which it waited, and it may have been sent since; redeliver it if it is wanted'
  WHERE state = 'pending' AND channel = ANY($1) RETURNING id
)
SELECT count(*) AS n FROM held`;

/** Takes what waits for people out of the way; `impact deliveries redeliver` sends it after all. @returns how many messages */
export async function holdBack(database: Database, channels: readonly string[] = ['pagerduty', 'slack', 'mail']): Promise<number> {
  const [row] = await database.query<{ n: number }>(holdSql, [channels]);
  return Number(row?.n ?? 0);
}

/** What is known here of alerts is of another Kafka or namespace: nobody would ever end them. @returns how many fired */
export async function endForeignAlerts(tx: Database): Promise<number> {
  const ended = await tx.query(
    `UPDATE business_impact_alerts SET state = 'resolved', resolved_at = now(), updated_at = now() WHERE resolved_at IS NULL AND source = 'pipeline' RETURNING id`,
  );
  for (const table of ['notify_positions', 'notify_alerts', 'notify_groups']) await tx.query(`DELETE FROM ${table}`);
  await tx.query('UPDATE announcements SET fanned_out_at = now() WHERE fanned_out_at IS NULL');
  return ended.length;
}

/** Webhooks of another namespace are not told of what happens in this one. @returns how many were switched on */
export async function switchWebhooksOff(tx: Database): Promise<number> {
  const reason = 'restored into another installation; `impact webhooks on` switches it on';
  const sql = 'UPDATE webhooks SET enabled = false, disabled_reason = $1, updated_at = now() WHERE enabled RETURNING id';
  return (await tx.query(sql, [reason])).length;
}

const REASON = 'a backup was restored that is older: it may have been sent before, and is sent again only when somebody asks';

/** Reports that were due between the backup and now: whether they were sent nobody knows here. @returns those that are passed over */
export async function passOverReports(tx: Database, settings: TimeSettings & { timeZone: string }, now: number): Promise<Due[]> {
  const runs = await newestRuns(tx);
  const passed: Due[] = [];
  for (const [kind, minutes] of timesOf(settings)) {
    const last = runs.get(kind);
    if (last === undefined) continue;
    const { make, skip } = missedReports(kind, { zone: settings.timeZone, minutes, catchUpMs: 0 }, now, last);
    for (const due of [...skip, ...make]) if (await recordRun(tx, due, now, REASON)) passed.push(due);
  }
  return passed;
}
