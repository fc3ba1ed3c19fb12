/** Which experiments there are, and whether anything of one has changed. From the day tier, which is small. */
import type { Period } from '../domain/impact.ts';
import { secondsOf } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** Exposures are counted, not units: a unit is logged anew from time to time. Days are "2026-01-11", UTC. */
export type ExperimentListRow = { feature: string; variants: string[]; exposures: number[]; firstDay: string; lastDay: string };

/** Features that units were exposed to; the variants in order of their names. */
export function experimentList(scope: Scope): Statement<ExperimentListRow> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT feature, groupArray(variant) AS variants, groupArray(n) AS exposures,
  toString(toDate(min(first))) AS firstDay, toString(toDate(max(last))) AS lastDay
FROM (
  SELECT feature, variant, toFloat64(sum(parts.n)) AS n, min(bucket) AS first, max(bucket) AS last
  FROM rollup_1d_active AS parts
  WHERE ${tenant.text} AND metric = 'exposure' AND variant != ''
  GROUP BY feature, variant
  ORDER BY feature, variant
)
GROUP BY feature
ORDER BY feature`,
    params: tenant.params,
  };
}

/**
 * A text that changes with every event of the feature that is stored, corrected or taken back: the versions of its days' rollups only grow.
 * `newest` is the newest day that holds anything, seconds since 1970.
 * @param period what is looked at, pre-period included
 */
export function experimentStamp(scope: Scope, feature: string, period: Period): Statement<{ newest: number; stamp: string }> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT toUnixTimestamp(max(bucket)) AS newest, toString(sum(cityHash64(tenant, metric, variant, bucket, epoch, toString(version)))) AS stamp
FROM rollup_1d FINAL
WHERE ${tenant.text} AND feature = {feature:String}
  AND bucket >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND bucket < toDateTime({to:UInt32}, 'UTC')`,
    params: { ...tenant.params, feature, from: secondsOf(period.from), to: secondsOf(period.to) },
  };
}
