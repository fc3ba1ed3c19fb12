/** The youngest replays, whoever ran them. */
import type { Database } from './replays.ts';

export type ReplayListed = {
  id: string;
  from: string;
  /** The last day. */
  to: string;
  tenant: string | null;
  feature: string | null;
  source: string;
  state: string;
  days: number;
  daysDone: number;
  startedAt: string;
  updatedAt: string;
};

const LISTED = 50;

/** Youngest first. Days are UTC, times ISO 8601. */
export async function replayList(database: Database): Promise<ReplayListed[]> {
  return database.query<ReplayListed>(
    `SELECT id, from_day::text AS "from", (to_day - 1)::text AS "to", tenant, feature, source, state,
  (to_day - from_day) AS days, coalesce(array_length(days_done, 1), 0) AS "daysDone",
  to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "startedAt",
  to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "updatedAt"
FROM replays ORDER BY started_at DESC LIMIT ${LISTED}`,
  );
}
