/** What the rollups say of days, by tenant, feature and metric: the measurements that the ROI is calculated from. */
import { valuedFeatures } from '../../domain/event.ts';
import type { RoiDay, ValueRow } from '../../domain/roi/value.ts';
import { keyMetrics } from '../../domain/target.ts';
import { coarsestTier } from '../../domain/tier.ts';
import { secondsOf, stepExpression, viewOf, withinRange } from '../rollup.ts';
import { type Scope, tenantCondition } from '../scope.ts';
import { ask, type Rows, type Statement } from '../statement.ts';

type Answered = Omit<ValueRow, 'day' | 'valueUsdMicros'> & { at: number; valueUsdMicros: number | string };

/** `worth`: key metrics and whatever is worth something; `all`: every metric of the valued features as well, for the tables of the features. */
export type Detail = 'worth' | 'all';

const wanted: Record<Detail, string> = {
  worth: 'metric IN {keys:Array(String)} OR value_usd != 0',
  all: 'feature IN {features:Array(String)} OR value_usd != 0',
};

/** Where days begin, and last where the last one ends, ms; days follow on each other. */
export const edgesOf = (days: readonly RoiDay[]): number[] => [...days.map(({ from }) => from), ...days.slice(-1).map(({ to }) => to)];

/** @param edges of the days, ms */
export function valueRows(scope: Scope, edges: readonly number[], detail: Detail): Statement<Answered> {
  const tenant = tenantCondition(scope);
  const within = withinRange({ from: edges[0] ?? 0, to: edges.at(-1) ?? 0 });
  const keys = valuedFeatures.map((feature) => keyMetrics[feature].metric);
  const step = stepExpression(edges);
  const names = detail === 'worth' ? { keys } : { features: [...valuedFeatures] };
  return {
    text: `WITH {from:UInt32} AS from
SELECT ${step.text} AS at, tenant AS tenantId, toString(feature) AS featureId, toString(metric) AS metric,
  toFloat64(sum(parts.n)) AS n, sum(parts.sum) AS sum, sum(parts.sum_squares) AS sumSquares, toInt64(sum(parts.value_usd) * 1000000) AS valueUsdMicros,
  toFloat64(sumIf(parts.n, variant NOT IN ('', 'control'))) AS treatedN, sumIf(parts.sum, variant NOT IN ('', 'control')) AS treatedSum,
  toFloat64(sumIf(parts.n, variant = 'control')) AS controlN, sumIf(parts.sum, variant = 'control') AS controlSum
FROM ${viewOf[coarsestTier(edges)]} AS parts
WHERE ${tenant.text} AND ${within.text} AND metric NOT IN ('cost_usd', 'exposure') AND (${wanted[detail]})
GROUP BY at, tenantId, featureId, metric
ORDER BY at, tenantId, featureId, metric`,
    params: { ...tenant.params, ...within.params, ...step.params, ...names },
  };
}

/** The rows of these days, each with the day that it is of. */
export async function rowsOfDays(clickhouse: Rows, scope: Scope, days: readonly RoiDay[], detail: Detail): Promise<ValueRow[]> {
  if (days.length === 0) return [];
  const dayOf = new Map(days.map(({ day, from }) => [secondsOf(from), day]));
  const rows = await ask(clickhouse, valueRows(scope, edgesOf(days), detail));
  return rows.map(({ at, valueUsdMicros, ...row }) => ({ ...row, day: dayOf.get(at) ?? '', valueUsdMicros: Number(valueUsdMicros) }));
}
