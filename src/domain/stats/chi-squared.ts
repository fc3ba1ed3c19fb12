/** The chi-squared distribution. jstat's is not used: its upper tail is 1 - cdf, wrong by 7e-5 at p = 1e-12 and nothing but rounding below. */
import { upperGamma } from './gamma.ts';

/** P(X > x), precise in the far tail: the p-value of a chi-squared statistic. Any number of degrees of freedom above 0. */
export const chiSquaredTail = (x: number, degreesOfFreedom: number): number => upperGamma(degreesOfFreedom / 2, x / 2);
