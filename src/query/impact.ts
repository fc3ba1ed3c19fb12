/** What a period's rollups add up to, for each feature and metric: value, cost, usage. */
import type { ImpactRow } from '../domain/impact.ts';
import { type TierRange, tierMs } from '../domain/tier.ts';
import { tableOf, viewOf, withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/**
 * @param ranges the period, cut into tiers (`cover`)
 * @returns one row for each feature and metric, and for satisfaction one for each tenant as well: it is worth what each tenant's own mean says
 */
export function impactRows(scope: Scope, ranges: readonly TierRange[]): Statement<ImpactRow> {
  const tenant = tenantCondition(scope);
  const pieces = ranges.map((range, i) => ({ view: viewOf[range.tier], within: withinRange(range, String(i)) }));
  const selects = pieces.map(
    ({ view, within }) => `  SELECT tenant, feature, metric, n, sum, value_usd FROM ${view} WHERE ${tenant.text} AND ${within.text}`,
  );
  return {
    text: `SELECT feature, metric, toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, toInt64(sum(value_usd) * 1000000) AS valueUsdMicros
FROM (
${selects.join('\n  UNION ALL\n')}
) AS parts
GROUP BY feature, metric, if(metric = 'match_satisfaction_score', tenant, '')
ORDER BY feature, metric`,
    params: Object.assign({}, tenant.params, ...pieces.map(({ within }) => within.params)),
  };
}

/** How far back `freshness` looks: a scope that was silent for longer has no freshness to speak of. */
const FRESHNESS_MS = tierMs['1d'];

/**
 * The newest minute of which anything has arrived, seconds since 1970; 0 when there is none within a day before `now`. What was retracted since has
 * arrived as well, so versions need not be told apart, which costs most of what such a question costs.
 */
export function newestMinute(scope: Scope, now: number): Statement<{ at: number }> {
  const tenant = tenantCondition(scope);
  const within = withinRange({ from: now - FRESHNESS_MS, to: now + FRESHNESS_MS });
  return {
    text: `SELECT toUnixTimestamp(max(bucket)) AS at FROM ${tableOf['1m']} WHERE ${tenant.text} AND n > 0 AND ${within.text}`,
    params: { ...tenant.params, ...within.params },
  };
}
