/** Quantiles of an experiment's measurements. Two questions: where the quantile is and how much units cluster around it; then what stands at the ranks that follow. */
import type { ExperimentQuestion, Measure, QuantileRank, QuantileReading, QuantileRow } from '../../domain/experiment.ts';
import { gatheredUnits } from '../experiment.ts';
import { secondsOf } from '../rollup.ts';
import { type Scope, tenantCondition } from '../scope.ts';
import type { Statement } from '../statement.ts';

/** The measurements after the first exposure: of each unit, and all in order. */
function measurements(scope: Scope, question: ExperimentQuestion, measure: Measure, permille: number | null): Statement<never> {
  const units = gatheredUnits(scope, question, measure, permille);
  return {
    text: `SELECT stage, variant, groupArray(mine) AS byUnit, arraySort(arrayFlatten(byUnit)) AS ordered, length(ordered) AS size
  FROM (
    SELECT stage, variant, arrayFilter((v, t) -> t >= start, taken, times) AS mine
    FROM (
      ${units.text}
    ) AS units
    WHERE NOT crossed AND notEmpty(mine)
  )
  GROUP BY stage, variant`,
    params: units.params,
  };
}

/** The sample's quantile is the value at the rank ceil(level x size), from 1. */
const valueAt = (level: string): string => `ordered[toUInt64(least(toFloat64(size), greatest(1., ceil(${level} * size))))]`;

/** So many measurements are sorted and counted by unit at most, about: their bounds are narrow, and all of them lie in memory at a time. */
const MOST_MEASUREMENTS = 2_000_000;

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

/** Which part of the units is looked at, of a thousand; null: all. Whole units, so that bounds stay those of clusters. */
export const sampledPermille = (measurements: number, most = MOST_MEASUREMENTS): number | null =>
  measurements <= most ? null : Math.max(1, Math.floor((1000 * most) / measurements));

export function quantileRows(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  permille: number | null = null,
): Statement<QuantileRow> {
  const source = measurements(scope, question, measure, permille);
  return {
    text: `WITH arrayMap(unit -> toFloat64(arrayCount(v -> v <= value, unit)), byUnit) AS below,
  arrayMap(unit -> toFloat64(length(unit)), byUnit) AS sizes
SELECT stage, variant, toFloat64(size) AS values, ${valueAt('{level:Float64}')} AS value, toFloat64(length(byUnit)) AS n,
  arraySum(below) AS sum, arraySum(v -> v * v, below) AS sumSquares,
  arraySum(sizes) AS otherSum, arraySum(v -> v * v, sizes) AS otherSumSquares, arraySum((v, w) -> v * w, below, sizes) AS crossSum
FROM (
  ${source.text}
)
ORDER BY stage, variant`,
    params: { ...source.params, level: measure.level },
  };
}

/** What stands at the ranks of each stage and variant. */
export function quantileReadings(
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  ranks: readonly QuantileRank[],
  permille: number | null = null,
): Statement<QuantileReading> {
  const source = measurements(scope, question, measure, permille);
  return {
    text: `SELECT stage, variant, indexOf({keys:Array(String)}, concat(stage, '|', variant)) AS at,
  ${valueAt('{lowers:Array(Float64)}[at]')} AS lower, ${valueAt('{uppers:Array(Float64)}[at]')} AS upper
FROM (
  ${source.text}
)
WHERE at > 0
ORDER BY stage, variant`,
    params: {
      ...source.params,
      keys: ranks.map(({ stage, variant }) => `${stage}|${variant}`),
      lowers: ranks.map(({ lower }) => lower),
      uppers: ranks.map(({ upper }) => upper),
    },
  };
}
