/** What the tests work on: the mean of an arm and how much one unit varies around it. Every kind of metric is brought to this form. */
import type { PairedSums, Sums } from './sums.ts';

export type Moments = {
  /** Units. */
  n: number;
  mean: number;
  /** Of one unit: variance / n is the squared standard error of `mean`. */
  variance: number;
  /** Independent values that the variance was estimated from, where that is not every unit by itself. */
  replicates?: number;
};

/**
 * Variation below this share of the squares is rounding: doubles keep 16 digits, of which adding millions of values costs some.
 * Without it, a constant such as 0.1 would have a tiny variance and anything would be "significant".
 */
const RESOLUTION = 1e-12;

/** Sum of products around the means; 0 where it is not more than the rounding of what it was computed from. */
function centred(cross: number, sumA: number, sumB: number, n: number): number {
  const product = cross - (sumA * sumB) / n;
  return Math.abs(product) <= RESOLUTION * Math.abs(cross) ? 0 : product;
}

/** A mean, with the sample variance (n - 1). */
export function meanMoments({ n, sum, sumSquares }: Readonly<Sums>): Moments {
  if (n < 1) return { n: 0, mean: 0, variance: 0 };
  return { n, mean: sum / n, variance: n > 1 ? Math.max(0, centred(sumSquares, sum, sum, n)) / (n - 1) : 0 };
}

/** A share of units, with the binomial variance p (1 - p), as in the usual test of two proportions. */
export function proportionMoments({ n, sum }: Readonly<Pick<Sums, 'n' | 'sum'>>): Moments {
  if (n < 1) return { n: 0, mean: 0, variance: 0 };
  const mean = sum / n;
  return { n, mean, variance: Math.max(0, mean * (1 - mean)) };
}

/** Sample covariances of value and other value: [value with value, value with other, other with other]. */
export function covariances(sums: Readonly<PairedSums>): [number, number, number] {
  const { n, sum, sumSquares, otherSum, otherSumSquares, crossSum } = sums;
  if (n < 2) return [0, 0, 0];
  const own = Math.max(0, centred(sumSquares, sum, sum, n));
  const others = Math.max(0, centred(otherSumSquares, otherSum, otherSum, n));
  return [own / (n - 1), centred(crossSum, sum, otherSum, n) / (n - 1), others / (n - 1)];
}

/**
 * Sum of the values over sum of the other values, by the delta method: the variance of (value - ratio x other) / mean other.
 * Right when units are randomised and the ratio is by event, such as errors by request (Deng, Knoblich and Lu, KDD 2018).
 */
export function ratioMoments(sums: Readonly<PairedSums>): Moments {
  const { n, sum, otherSum } = sums;
  if (n < 1 || otherSum === 0) return { n, mean: 0, variance: 0 };
  const ratio = sum / otherSum;
  const [own, cross, others] = covariances(sums);
  const spread = own - 2 * ratio * cross + ratio * ratio * others;
  const scale = own + 2 * Math.abs(ratio * cross) + ratio * ratio * others;
  return { n, mean: ratio, variance: spread <= RESOLUTION * scale ? 0 : spread / (otherSum / n) ** 2 };
}

/** The same arm with every value multiplied: `scaled(control, 0.9)` is what a drop of 10 % would look like. */
export function scaled(arm: Moments, factor: number): Moments {
  return { ...arm, mean: arm.mean * factor, variance: arm.variance * factor * factor };
}
