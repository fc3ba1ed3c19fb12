/** The standard normal distribution. */
import jstat from 'jstat';
import { upperGamma } from './gamma.ts';
import { rootOfIncreasing } from './root.ts';

/** Up to here jstat is right to 1e-14 of the value; at z = -7 its relative error is 2e-6, at z = -9 it is 1. */
const JSTAT_UP_TO = 4;
/** From here to one half jstat's quantile is right to 1e-13; at p = 1e-12 it is off by 5e-7. */
const JSTAT_FROM = 1e-4;

/** P(Z <= z). The lower tail keeps its relative precision: normalCdf(-z) is the upper tail. */
export function normalCdf(z: number): number {
  if (Math.abs(z) <= JSTAT_UP_TO) return jstat.normal.cdf(z, 0, 1);
  const tail = upperGamma(0.5, (z * z) / 2) / 2;
  return z < 0 ? tail : 1 - tail;
}

/**
 * The z with P(Z <= z) = p. For an upper tail say -normalQuantile(tail), since 1 - tail loses the digits of a small tail.
 * @param p above 0 and below 1; 0 and 1 give the infinities
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= JSTAT_FROM) return jstat.normal.inv(p, 0, 1);
  const target = Math.log(p);
  const start = -Math.sqrt(-2 * target - Math.log(-2 * target) - 1.8);
  return rootOfIncreasing((z) => Math.log(normalCdf(z)) - target, start, 0.01);
}
