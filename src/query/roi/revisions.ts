/** What changed of days that had been complete. */
import type { DaySnapshot } from '../../domain/roi/revision.ts';
import type { Days } from '../costs.ts';
import type { Database } from '../rules.ts';

export type Revision = {
  day: string;
  revision: number;
  reason: string;
  before: DaySnapshot;
  after: DaySnapshot;
  calculationVersion: number;
  changedAt: Date;
};

/** The newest first, `limit` of them at most. */
export async function revisionsOf(postgres: Database, { from, to }: Days, limit: number): Promise<Revision[]> {
  return postgres.query<Revision>(
    `SELECT date::text AS day, revision, reason, before, after, calculation_version AS "calculationVersion", changed_at AS "changedAt"
FROM roi_revisions WHERE date >= $1 AND date < $2 ORDER BY changed_at DESC, date DESC, revision DESC LIMIT $3`,
    [from, to, limit],
  );
}
