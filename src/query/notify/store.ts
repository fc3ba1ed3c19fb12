/** What the notify stage keeps: positions, alerts, groups. All of it changes in transactions that hold one lock, so that no two see half of another's. */
import type { Transition } from '../../domain/alert.ts';
import type { Group, Member, Told } from '../../domain/notify/group.ts';
import type { Routed } from '../../domain/notify/routing.ts';
import type { Database } from '../outbox.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Alerts are few, and what is told of one may depend on all others: one transaction at a time, whichever process has it. */
export const lockNotify = (tx: Database): Promise<unknown> =>
  tx.query(`SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.notify'))`);

/** The next offset to take in; null when none has been yet. */
export async function positionOf(tx: Database, topic: string, partition: number): Promise<number | null> {
  const [row] = await tx.query<{ next: number }>('SELECT next_offset AS next FROM notify_positions WHERE topic = $1 AND partition = $2', [
    topic,
    partition,
  ]);
  return row?.next ?? null;
}

const positionSql = `
INSERT INTO notify_positions (topic, partition, next_offset) VALUES ($1, $2, $3)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset`;

export async function movePosition(tx: Database, topic: string, partition: number, next: number): Promise<void> {
  await tx.query(positionSql, [topic, partition, next]);
}

/** An alert as it is about to be kept; `groupKey` '': nobody is told of it. */
export type KeptAlert = { alert: Transition; groupKey: string };

/** The alerts of these ids that are known: their last transition's number, and their group. */
export async function knownAlerts(tx: Database, ids: readonly string[]): Promise<Map<string, { ordinal: number; groupKey: string }>> {
  const sql = 'SELECT alert_id AS id, ordinal, group_key AS "groupKey" FROM notify_alerts WHERE alert_id = ANY($1)';
  const rows = await tx.query<{ id: string; ordinal: number; groupKey: string }>(sql, [ids]);
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}

/** An acknowledgement is of what there was: an alert that gets worse, or begins again, is to be acknowledged anew. */
const alertsSql = `
INSERT INTO notify_alerts AS known (alert_id, group_key, fingerprint, ordinal, state, severity, alert, settled, updated_at)
SELECT alert->>'alertId', group_key, alert->>'fingerprint', (alert->>'ordinal')::integer, alert->>'state', alert->>'severity', alert, group_key = '', $2
FROM jsonb_to_recordset($1::jsonb) AS kept (group_key text, alert jsonb)
ON CONFLICT (alert_id) DO UPDATE SET
  group_key = excluded.group_key, ordinal = excluded.ordinal, state = excluded.state, severity = excluded.severity, alert = excluded.alert,
  settled = excluded.settled, updated_at = excluded.updated_at,
  (acknowledged_at, acknowledged_by) = (
    SELECT known.acknowledged_at, known.acknowledged_by
    WHERE NOT (excluded.severity = 'critical' AND known.severity <> 'critical' OR excluded.state = 'firing' AND known.state = 'resolved')
  )`;

export async function keepAlerts(tx: Database, alerts: readonly KeptAlert[], now: number): Promise<void> {
  const rows = alerts.map(({ alert, groupKey }) => ({ group_key: groupKey, alert }));
  await tx.query(alertsSql, [JSON.stringify(rows), iso(now)]);
}

type GroupRow = { state: Group; due_at: Date | null };
export type DueGroup = { group: Group; dueAt: number | null };
const dueGroup = ({ state, due_at }: GroupRow): DueGroup => ({ group: state, dueAt: due_at?.getTime() ?? null });

export async function groupsOf(tx: Database, keys: readonly string[]): Promise<Map<string, DueGroup>> {
  const rows = await tx.query<GroupRow>('SELECT state, due_at FROM notify_groups WHERE key = ANY($1)', [keys]);
  return new Map(rows.map((row) => [row.state.key, dueGroup(row)]));
}

/** The groups that have to be looked at by `now`, the longest waiting first. */
export async function dueGroups(tx: Database, now: number, limit: number): Promise<Group[]> {
  const rows = await tx.query<GroupRow>('SELECT state, due_at FROM notify_groups WHERE due_at <= $1 ORDER BY due_at, key LIMIT $2', [
    iso(now),
    limit,
  ]);
  return rows.map(({ state }) => state);
}

export async function allGroups(tx: Database): Promise<Group[]> {
  return (await tx.query<GroupRow>('SELECT state, due_at FROM notify_groups ORDER BY key')).map(({ state }) => state);
}

const groupsSql = `
INSERT INTO notify_groups (key, state, due_at) SELECT key, state, due_at
FROM jsonb_to_recordset($1::jsonb) AS g (key text, state jsonb, due_at timestamptz)
ON CONFLICT (key) DO UPDATE SET state = excluded.state, due_at = excluded.due_at`;

export async function keepGroups(tx: Database, groups: readonly DueGroup[]): Promise<void> {
  if (groups.length === 0) return;
  const rows = groups.map(({ group, dueAt }) => ({ key: group.key, state: group, due_at: dueAt === null ? null : iso(dueAt) }));
  await tx.query(groupsSql, [JSON.stringify(rows)]);
}

const membersSql = `
SELECT a.alert, a.told, a.acknowledged_by AS "acknowledgedBy", CASE WHEN a.told IS NULL THEN (
  SELECT max(b.told_at) FROM notify_alerts AS b
  WHERE b.fingerprint = a.fingerprint AND b.severity = a.severity AND b.alert_id <> a.alert_id AND b.told_at > $2
) END AS "toldBefore"
FROM notify_alerts AS a WHERE a.group_key = $1 AND NOT a.settled`;

type MemberRow = { alert: Transition; told: Told | null; acknowledgedBy: string | null; toldBefore: Date | null };

/** The members of a group of which there is something to tell. `repeatMs`: how long an alert that begins again is held back. */
export async function membersOf(tx: Database, groupKey: string, repeatMs: number, now: number): Promise<Member[]> {
  const rows = await tx.query<MemberRow>(membersSql, [groupKey, iso(now - repeatMs)]);
  return rows.map(({ toldBefore, ...member }) => ({ ...member, heldUntil: toldBefore === null ? null : toldBefore.getTime() + repeatMs }));
}

/** The pager's own news does not hold back what the others have not heard. */
const toldSql = `
UPDATE notify_alerts SET told = t.told, told_at = CASE WHEN (t.told->>'quiet')::boolean THEN NULL ELSE to_timestamp((t.told->>'at')::bigint / 1000.0) END
FROM jsonb_to_recordset($1::jsonb) AS t (id text, told jsonb) WHERE alert_id = t.id`;

export async function keepTold(tx: Database, told: ReadonlyMap<string, Told>, settled: readonly string[]): Promise<void> {
  if (told.size > 0) await tx.query(toldSql, [JSON.stringify([...told].map(([id, one]) => ({ id, told: one })))]);
  if (settled.length > 0) await tx.query('UPDATE notify_alerts SET settled = true WHERE alert_id = ANY($1)', [settled]);
}

/** Firing alerts of these severities, as far as causes go. */
export function firingOf(tx: Database, severities: readonly string[]): Promise<Routed[]> {
  const sql = `SELECT alert->>'rule' AS rule, severity, alert->>'metric' AS metric, alert->>'tenantId' AS "tenantId", alert->>'featureId' AS "featureId"
FROM notify_alerts WHERE state = 'firing' AND severity = ANY($1)`;
  return tx.query<Routed>(sql, [severities]);
}

/** Every alert of which there may be something to tell. */
export async function openAlerts(tx: Database): Promise<KeptAlert[]> {
  return tx.query<KeptAlert>(
    `SELECT alert, group_key AS "groupKey" FROM notify_alerts WHERE NOT settled OR (state = 'firing' AND group_key = '')`,
  );
}

const regroupSql = `
UPDATE notify_alerts SET group_key = r.group_key, settled = r.group_key = '', told = NULL, told_at = NULL
FROM jsonb_to_recordset($1::jsonb) AS r (id text, group_key text) WHERE alert_id = r.id`;

/** Their incidents end with the groups that they leave, so they are told anew. */
export async function regroup(tx: Database, alerts: readonly KeptAlert[]): Promise<void> {
  const rows = alerts.map(({ alert, groupKey }) => ({ id: alert.alertId, group_key: groupKey }));
  if (rows.length > 0) await tx.query(regroupSql, [JSON.stringify(rows)]);
}

/** The PagerDuty services that were told of an episode. */
export async function pagedServices(tx: Database, episode: string): Promise<string[]> {
  const sql = `SELECT DISTINCT target FROM outbox WHERE channel = 'pagerduty' AND lane = target || '/' || $1`;
  return (await tx.query<{ target: string }>(sql, [episode])).map(({ target }) => target);
}

/** Forgets what nobody asks for any more: settled alerts, carried announcements, finished messages with their attempts. */
export async function forgetOld(database: Database, before: number): Promise<void> {
  const params = [iso(before)];
  await database.query('DELETE FROM notify_alerts WHERE settled AND updated_at < $1', params);
  await database.query('DELETE FROM announcements WHERE fanned_out_at < $1', params);
  await database.query(`DELETE FROM outbox WHERE state <> 'pending' AND finished_at < $1`, params);
}
