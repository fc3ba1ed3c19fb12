/**
 * The chi-squared distribution, any number of degrees of freedom above 0. jstat's is not used: its upper tail is 1 - cdf, wrong by 7e-5 at
 * p = 1e-12 and nothing but rounding below, and its quantile fails from 50 degrees of freedom on.
 */
import { incompleteGamma } from './gamma.ts';
import { normalQuantile } from './normal.ts';
import { rootOfIncreasing } from './root.ts';

/** P(X <= x). */
export function chiSquaredCdf(x: number, degreesOfFreedom: number): number {
  return incompleteGamma(degreesOfFreedom / 2, x / 2).lower;
}

/** P(X > x), precise in the far tail: the p-value of a chi-squared statistic. */
export function chiSquaredTail(x: number, degreesOfFreedom: number): number {
  return incompleteGamma(degreesOfFreedom / 2, x / 2).upper;
}

/** Wilson and Hilferty's cube (PNAS 1931), or the power law of the lower end where the cube is negative. */
function roughQuantile(z: number, lower: number, degreesOfFreedom: number): number {
  const ninth = 2 / (9 * degreesOfFreedom);
  const cube = degreesOfFreedom * (1 - ninth + z * Math.sqrt(ninth)) ** 3;
  return cube > 0.01 * degreesOfFreedom ? cube : Math.max(1e-300, 2 * lower ** (2 / degreesOfFreedom));
}

/** The x whose smaller tail is `tail`, on the side that is asked for; both are searched by their own logarithm. */
function quantileOfTail(tail: number, side: 'lower' | 'upper', degreesOfFreedom: number): number {
  const target = Math.log(tail);
  const sign = side === 'lower' ? 1 : -1;
  const tooFar = (logX: number): number => sign * (Math.log(incompleteGamma(degreesOfFreedom / 2, Math.exp(logX) / 2)[side]) - target);
  const start = roughQuantile(sign * normalQuantile(tail), side === 'lower' ? tail : 1 - tail, degreesOfFreedom);
  return Math.exp(rootOfIncreasing(tooFar, Math.log(start), 0.01));
}

/** The x with P(X <= x) = p; p from 0 (0) to 1 (infinity). */
export function chiSquaredQuantile(p: number, degreesOfFreedom: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  return p <= 0.5 ? quantileOfTail(p, 'lower', degreesOfFreedom) : quantileOfTail(1 - p, 'upper', degreesOfFreedom);
}

/** The x with P(X > x) = p, precise for small p. */
export function chiSquaredTailQuantile(p: number, degreesOfFreedom: number): number {
  if (p <= 0) return Number.POSITIVE_INFINITY;
  return p < 0.5 ? quantileOfTail(p, 'upper', degreesOfFreedom) : chiSquaredQuantile(1 - p, degreesOfFreedom);
}
