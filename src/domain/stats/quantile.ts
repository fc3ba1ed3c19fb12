/**
 * Quantiles, from order statistics: the standard error of a quantile is half the distance between the two sample quantiles that enclose it with a known
 * confidence, over that confidence's z (Wilks; Deng, Knoblich and Lu, KDD 2018, section 4, for measurements that come in clusters). How far from
 * the level these two lie is only known when the clusters have been counted around the quantile, so the sample is read at a ladder of distances,
 * all at once, and in between by a straight line.
 */
import type { Moments } from './moments.ts';
import { normalQuantile } from './normal.ts';

/** Confidence of the enclosing ranks. */
const ENCLOSING_TAIL = 0.025;
const Z = -normalQuantile(ENCLOSING_TAIL);

/** Distances from the level at which the sample is read, in those that enclose the quantile of independent values; up to a design effect of 65,536. */
export const quantileRungs: readonly number[] = Array.from({ length: 17 }, (_, i) => 2 ** (i / 2));

/** So far from the level, between 0 and 1, enclose the quantile of n independent values. */
export const enclosingDistance = (n: number, level: number): number => Z * Math.sqrt((level * (1 - level)) / n);

export type QuantileReadings = {
  level: number;
  /** Units, and values of them all. */
  n: number;
  values: number;
  /** The sample's quantile at the level. */
  value: number;
  /** At each rung, the sample's quantiles so far below and above the level; beyond its ends, its least and greatest value. */
  lower: readonly number[];
  upper: readonly number[];
};

/** What stands at so many distances, between the rungs by a straight line. */
function readAt(readings: readonly number[], distance: number): number {
  const above = Math.max(
    1,
    quantileRungs.findIndex((rung) => rung >= distance),
  );
  const [from = 0, to = 0] = [quantileRungs[above - 1], quantileRungs[above]];
  const [near = 0, far = 0] = [readings[above - 1], readings[above]];
  return near + ((far - near) * (distance - from)) / (to - from);
}

/**
 * The quantile as an arm for the tests. Without any unit where the values are too few for this level.
 * @param clustering design effect of the units (`designEffect`); below 1 it counts as 1, for so few units do not show that they repel each other
 */
export function quantileMoments({ level, n, values, value, lower, upper }: QuantileReadings, clustering: number): Moments {
  const steps = Math.max(1, Math.sqrt(clustering));
  const distance = steps * enclosingDistance(values, level);
  if (!(distance < Math.min(level, 1 - level))) return { n: 0, mean: 0, variance: 0 };
  const standardError = (readAt(upper, steps) - readAt(lower, steps)) / (2 * Z);
  return { n, mean: value, variance: n * standardError ** 2 };
}

/**
 * By how much clustering inflates the variance of "value is below the quantile": 1 for one value a unit.
 * @param belowVariance variance of one unit of the ratio "values below the quantile / values", from `ratioMoments`
 * @param units number of units
 * @param values number of values
 */
export function designEffect(level: number, belowVariance: number, units: number, values: number): number {
  return belowVariance / units / ((level * (1 - level)) / values);
}
