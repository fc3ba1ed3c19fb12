/** Quantiles of an experiment's measurements: where they are, how much units cluster around them, and what stands at distances from them. */
import type { ExperimentQuestion, Measure, QuantileRow } from '../../domain/experiment.ts';
import { enclosingDistance, quantileRungs } from '../../domain/stats/quantile.ts';
import { secondsOf } from '../rollup.ts';
import { type Scope, tenantCondition } from '../scope.ts';
import type { Statement } from '../statement.ts';

/** How many measurements there are in the period, from the day tier: days that it only touches count whole. */
export function storedMeasurements(scope: Scope, { feature, period }: ExperimentQuestion, { metric }: Measure): Statement<{ n: number }> {
  const tenant = tenantCondition(scope);
  return {
    text: `SELECT toFloat64(sum(parts.n)) AS n FROM rollup_1d_active AS parts
WHERE ${tenant.text} AND feature = {feature:String} AND metric = {metric:String}
  AND bucket >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND bucket < toDateTime({to:UInt32}, 'UTC')`,
    params: { ...tenant.params, feature, metric, from: secondsOf(period.from), to: secondsOf(period.to) },
  };
}

/** The sample's quantile is the value at the rank ceil(level x size), from 1. */
const valueAt = (level: string): string => `ordered[toUInt64(least(toFloat64(size), greatest(1., ceil((${level}) * size))))]`;

/** Each rung by itself: an arrayMap over them would copy all measurements for each. */
const rungs = (sign: '+' | '-'): string =>
  `[${quantileRungs.map((_, i) => valueAt(`{level:Float64} ${sign} distance * {rungs:Array(Float64)}[${i + 1}]`)).join(',\n    ')}]`;

/** @param units as of `rawValues` */
export function quantileRows(units: Statement<never>, level: number): Statement<QuantileRow> {
  return {
    text: `WITH arrayMap(unit -> toFloat64(arrayCount(v -> v <= value, unit)), byUnit) AS below,
  arrayMap(unit -> toFloat64(length(unit)), byUnit) AS sizes, {distanceOfOne:Float64} / sqrt(size) AS distance
SELECT stage, variant, toFloat64(size) AS values, ${valueAt('{level:Float64}')} AS value, toFloat64(length(byUnit)) AS n,
  arraySum(below) AS sum, arraySum(v -> v * v, below) AS sumSquares,
  arraySum(sizes) AS otherSum, arraySum(v -> v * v, sizes) AS otherSumSquares, arraySum((v, w) -> v * w, below, sizes) AS crossSum,
  ${rungs('-')} AS lower,
  ${rungs('+')} AS upper
FROM (
  SELECT stage, variant, groupArray(mine) AS byUnit, arraySort(arrayFlatten(byUnit)) AS ordered, length(ordered) AS size
  FROM (
    ${units.text}
  )
  WHERE NOT crossed AND notEmpty(mine)
  GROUP BY stage, variant
)
ORDER BY stage, variant`,
    params: { ...units.params, level, rungs: quantileRungs, distanceOfOne: enclosingDistance(1, level) },
  };
}
