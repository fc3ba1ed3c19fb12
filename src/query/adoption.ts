/** Different users of each feature, and of all features together, over a period. */
import type { AdoptionRow } from '../domain/signal.ts';
import type { TierRange } from '../domain/tier.ts';
import { viewOf, withinRange } from './rollup.ts';
import { type Scope, tenantCondition } from './scope.ts';
import type { Statement } from './statement.ts';

/** Feature '' is all of them. Shared telemetry is nobody's use of a feature. */
export function usersOf(scope: Scope, ranges: readonly TierRange[]): Statement<AdoptionRow> {
  const tenant = tenantCondition(scope);
  const pieces = ranges.map((range, i) => ({ view: viewOf[range.tier], within: withinRange(range, String(i)) }));
  const selects = pieces.map(
    ({ view, within }) =>
      `  SELECT feature, users FROM ${view} WHERE ${tenant.text} AND feature != 'platform' AND metric != 'cost_usd' AND ${within.text}`,
  );
  return {
    text: `SELECT toString(feature) AS feature, toFloat64(uniqCombined64Merge(12)(parts.users)) AS users
FROM (
${selects.join('\n  UNION ALL\n')}
) AS parts
GROUP BY feature WITH ROLLUP
ORDER BY feature`,
    params: Object.assign({}, tenant.params, ...pieces.map(({ within }) => within.params)),
  };
}
