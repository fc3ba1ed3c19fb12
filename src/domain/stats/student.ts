/** Student's t distribution, any number of degrees of freedom above 0. jstat's is not precise enough: see beta.ts. */
import { incompleteBeta } from './beta.ts';
import { normalQuantile } from './normal.ts';
import { rootOfIncreasing } from './root.ts';

/** P(T > t) for t >= 0, from I_x(df/2, 1/2) with x = df / (df + t^2), DLMF 8.17. */
function upperTail(t: number, degreesOfFreedom: number): number {
  return incompleteBeta(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (t * t)).lower / 2;
}

/** P(T <= t). The lower tail keeps its relative precision: studentCdf(-t, df) is the upper tail. */
export function studentCdf(t: number, degreesOfFreedom: number): number {
  if (t === 0) return 0.5;
  const tail = upperTail(Math.abs(t), degreesOfFreedom);
  return t < 0 ? tail : 1 - tail;
}

/** P(|T| >= |t|): the two-sided p-value. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  return t === 0 ? 1 : 2 * upperTail(Math.abs(t), degreesOfFreedom);
}

/** Hill's start (Algorithm 396, CACM 1970) for many degrees of freedom, and the power of the tail for few: close enough for the search. */
function roughQuantile(p: number, degreesOfFreedom: number): number {
  const z = -normalQuantile(p);
  const bent = z + (z ** 3 + z) / (4 * degreesOfFreedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degreesOfFreedom ** 2);
  return degreesOfFreedom > 4 ? bent : Math.max(z, (1 / (p * Math.PI)) ** (1 / degreesOfFreedom));
}

/**
 * The t with P(T <= t) = p. For an upper tail say -studentQuantile(tail, df).
 * @param p above 0 and below 1; 0 and 1 give the infinities
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (p > 0.5) return -studentQuantile(1 - p, degreesOfFreedom);
  if (p === 0.5) return 0;
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  const target = Math.log(p);
  const tooSmall = (logT: number): number => target - Math.log(upperTail(Math.exp(logT), degreesOfFreedom));
  return -Math.exp(rootOfIncreasing(tooSmall, Math.log(roughQuantile(p, degreesOfFreedom)), 0.01));
}
