/** The ROI that is aimed at: as it was set for a day, or as the configuration says. */
import { targetInForce } from '../domain/target-choice.ts';
import type { TargetSettings } from '../domain/target-metrics.ts';
import type { Database } from './rules.ts';
import type { Scope } from './scope.ts';
import { targetVersions } from './targets.ts';

/** @param day "2026-01-11" @returns percent */
export type RoiTarget = (day: string) => number;

export async function roiTarget(database: Database, scope: Scope, settings: TargetSettings): Promise<RoiTarget> {
  const rows = await targetVersions(database, scope, 'roi_percent');
  const tenantId = scope.tenantId ?? '';
  return (day) => targetInForce(rows, 'roi_percent', { tenantId, featureId: '', day }, settings)?.target ?? settings.targetRoiPercent;
}
