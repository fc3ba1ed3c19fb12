/** Replays in Postgres: at most one unfinished, with its plan, so that one that was killed goes on where it stopped. */

export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

/** A tenant's day (YYYY-MM-DD, UTC) and the generation that is built for it. */
export type PlannedDay = { tenant: string; day: string; epoch: number };

export type ReplayRow = {
  id: string;
  from_day: string;
  /** Exclusive. */
  to_day: string;
  tenant: string | null;
  feature: string | null;
  source: 'raw' | 'kafka' | 'archive';
  /** Which archive files; null with any other source. */
  archive: string | null;
  plan: PlannedDay[];
  days_done: string[];
};

const columns = 'id, from_day, to_day, tenant, feature, source, archive, plan, days_done::text[] AS days_done';

/** Keeps other processes from replaying while this session lives. @returns false when one does already */
export async function lockReplays(session: Database): Promise<boolean> {
  const [row] = await session.query<{ locked: boolean }>("SELECT pg_try_advisory_lock(hashtext(current_schema() || '.replay')) AS locked");
  return row?.locked ?? false;
}

/** Gives the lock back at once; the end of the session would do so a little later. */
export async function unlockReplays(session: Database): Promise<void> {
  await session.query("SELECT pg_advisory_unlock(hashtext(current_schema() || '.replay'))");
}

/** The replay that was begun and neither finished nor cancelled; null when there is none. */
export async function unfinishedReplay(database: Database): Promise<ReplayRow | null> {
  const [row] = await database.query<ReplayRow>(`SELECT ${columns} FROM replays WHERE state = 'building'`);
  return row ?? null;
}

export async function beginReplay(database: Database, row: Omit<ReplayRow, 'days_done'>): Promise<void> {
  const { id, from_day, to_day, tenant, feature, source, archive, plan } = row;
  await database.query(
    `INSERT INTO replays (id, from_day, to_day, tenant, feature, source, archive, state, plan) VALUES ($1, $2, $3, $4, $5, $6, $7, 'building', $8)`,
    [id, from_day, to_day, tenant, feature, source, archive, JSON.stringify(plan)],
  );
}

/** A day that is rebuilt need not be rebuilt again: live flushes keep it up to date until the cutover. */
export async function markDayDone(database: Database, id: string, day: string): Promise<void> {
  await database.query('UPDATE replays SET days_done = array_append(days_done, $2::date), updated_at = now() WHERE id = $1', [id, day]);
}

/** Days of any zone that a replay which is done has changed have to be calculated again; the two are stored together. */
export async function endReplay(database: Database, id: string, state: 'done' | 'cancelled'): Promise<void> {
  await database.query(
    `WITH ended AS (UPDATE replays SET state = $2, updated_at = now() WHERE id = $1 RETURNING from_day, to_day)
INSERT INTO roi_due (date, reason)
SELECT generate_series(from_day - 1, to_day, '1 day')::date, 'replay' FROM ended WHERE $2 = 'done'
ON CONFLICT (date) DO NOTHING`,
    [id, state],
  );
}
