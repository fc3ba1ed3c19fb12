/** What a feature's variants have brought in, and what it has cost, over a stretch of its rollout. */
import type { ValueRow } from '../../domain/rollout/evidence.ts';
import type { TierRange } from '../../domain/tier.ts';
import { viewOf, withinRange } from '../rollup.ts';
import { type Scope, tenantCondition } from '../scope.ts';
import type { Statement } from '../statement.ts';

/** @param ranges the period, cut into tiers (`cover`) */
export function rolloutValueRows(scope: Scope, feature: string, ranges: readonly TierRange[]): Statement<ValueRow> {
  const tenant = tenantCondition(scope);
  const pieces = ranges.map((range, i) => ({ view: viewOf[range.tier], within: withinRange(range, String(i)) }));
  const selects = pieces.map(
    ({ view, within }) =>
      `  SELECT variant, metric, tenant, n, sum, value_usd FROM ${view} WHERE ${tenant.text} AND feature = {feature:String} AND ${within.text}`,
  );
  return {
    text: `SELECT variant, metric, if(metric = 'match_satisfaction_score', parts.tenant, '') AS tenant,
  toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, toInt64(sum(value_usd) * 1000000) AS valueUsdMicros
FROM (
${selects.join('\n  UNION ALL\n')}
) AS parts
GROUP BY variant, metric, tenant
ORDER BY variant, metric, tenant`,
    params: Object.assign({ feature }, tenant.params, ...pieces.map(({ within }) => within.params)),
  };
}
