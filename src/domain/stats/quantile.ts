/**
 * Quantiles, from order statistics: the standard error of a quantile is read off the two sample quantiles that enclose it with a known
 * confidence (Wilks; Deng, Knoblich and Lu, KDD 2018, for clusters). They may come from the raw values or from a sketch: a sketch with
 * relative error e adds up to e x quantile to the standard error, so give its error here.
 */
import type { Moments } from './moments.ts';
import { normalQuantile } from './normal.ts';

/** Confidence of the enclosing ranks. */
const ENCLOSING_TAIL = 0.025;
const Z = -normalQuantile(ENCLOSING_TAIL);

/** Levels, between 0 and 1, at which to read the sample's quantiles. Null: too few values for this level. */
export type Ranks = { level: number; lower: number; upper: number };

/**
 * Where to read the distribution of n values for the quantile `level`.
 * @param designEffect by how much clustering inflates the variance of "value is below the quantile": 1 for one value a unit
 */
export function quantileRanks(n: number, level: number, designEffect = 1): Ranks | null {
  const width = Z * Math.sqrt((level * (1 - level) * designEffect) / n);
  const [lower, upper] = [level - width, level + width];
  return n > 0 && lower > 0 && upper < 1 ? { level, lower, upper } : null;
}

export type QuantileReadings = {
  /** Values behind the readings. */
  n: number;
  /** The sample's quantile at `level`, and at the lower and upper rank. */
  value: number;
  lower: number;
  upper: number;
  /** Relative error of the sketch; 0 for exact quantiles. */
  sketchError?: number;
};

/** The quantile as an arm for the tests, its standard error being half the enclosing interval over z. */
export function quantileMoments({ n, value, lower, upper, sketchError = 0 }: QuantileReadings): Moments {
  const standardError = (upper - lower) / (2 * Z);
  return { n, mean: value, variance: n * (standardError ** 2 + (sketchError * value) ** 2) };
}

/**
 * The design effect of clustering, for `quantileRanks`.
 * @param belowVariance variance of one unit of the ratio "values below the quantile / values", from `ratioMoments`
 * @param units number of units
 * @param values number of values
 */
export function designEffect(level: number, belowVariance: number, units: number, values: number): number {
  return belowVariance / units / ((level * (1 - level)) / values);
}
