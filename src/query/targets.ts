/** Targets in Postgres: versions are added, never changed. */
import { type SetTarget, type TargetBook, targetBook } from '../domain/target-choice.ts';
import { isTargetMetric, type TargetSettings } from '../domain/target-metrics.ts';
import { dayAt } from '../domain/zone.ts';
import type { Change, Database } from './rules.ts';
import { type Scope, scopeOf } from './scope.ts';

export type TargetVersion = SetTarget & { setBy: string; setAt: Date; reason: string };

const columns = `metric, tenant_id AS "tenantId", feature_id AS "featureId", effective_from AS "effectiveFrom", version, target, warning, critical,
  set_by AS "setBy", set_at AS "setAt", reason`;

/** Every version that the scope may see, the youngest of a target first. What holds for all tenants is everyone's to see. */
export async function targetVersions(database: Database, scope: Scope, metric: string | null = null): Promise<TargetVersion[]> {
  const rows = await database.query<TargetVersion>(
    `SELECT ${columns} FROM targets
WHERE ($1::text IS NULL OR tenant_id IN ('', $1)) AND ($2::text IS NULL OR metric = $2)
ORDER BY metric, tenant_id, feature_id, effective_from DESC, version DESC`,
    [scope.tenantId, metric],
  );
  // A metric that a later release no longer knows is nobody's target.
  return rows.filter((row) => isTargetMetric(row.metric));
}

/** The targets of the scope's tenant, or everyone's; of any metric, feature and day. */
export async function readTargets(database: Database, scope: Scope, settings: TargetSettings): Promise<TargetBook> {
  return targetBook(await targetVersions(database, scope), scope.tenantId ?? '', settings);
}

/** What everyone's ROI of a feature is to reach, percent, at a moment (ms). */
export async function roiTargetAt(
  database: Database,
  config: TargetSettings & { timeZone: string },
  featureId: string,
  at: number,
): Promise<number> {
  const targets = await readTargets(database, scopeOf(null), config);
  return targets('roi_percent', { day: dayAt(config.timeZone, at), featureId }).target;
}

export type Transactions = { transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> };

/** Adds a version; `target` null withdraws. The lock makes versions of one target follow each other. */
export function setTarget(books: Transactions, wanted: Omit<SetTarget, 'version'>, { by, reason }: Change): Promise<TargetVersion> {
  const { metric, tenantId, featureId, effectiveFrom, target, warning, critical } = wanted;
  return books.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' targets ' || $1))`, [metric]);
    const [row] = await tx.query<TargetVersion>(
      `INSERT INTO targets (metric, tenant_id, feature_id, effective_from, version, target, warning, critical, set_by, reason)
SELECT $1, $2, $3, $4, coalesce(max(version), 0) + 1, $5, $6, $7, $8, $9
FROM targets WHERE metric = $1 AND tenant_id = $2 AND feature_id = $3 AND effective_from = $4
RETURNING ${columns}`,
      [metric, tenantId, featureId, effectiveFrom, target, warning, critical, by, reason],
    );
    return row as TargetVersion;
  });
}
