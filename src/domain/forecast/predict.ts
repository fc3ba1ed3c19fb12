/** From a fit to what is to come: points, variances, and intervals of days and of their total. */

import { studentQuantile } from '../stats/student.ts';
import { basisState, type Fit, stateCount } from './fit.ts';
import { continued, response, type Smoothing, smooth } from './smooth.ts';
import { leverage } from './squares.ts';

/**
 * Variance of the forecast of the h-th day in units of the errors' variance, were the state known: 1 + sum of c(j)^2 for j below h
 * (Hyndman et al. 2008, section 6.1; with a sum in the place of the closed form).
 */
export function knownStateVariance(smoothing: Smoothing, h: number): number {
  let sum = 0;
  for (let j = 0; j < h; j++) sum += response(smoothing, j) ** 2;
  return sum;
}

/** The same for the total of the first h days: an error counts as often as it is felt until the last of them. */
export function knownStateTotalVariance(smoothing: Smoothing, h: number): number {
  let [felt, sum] = [0, 0];
  for (let j = 0; j < h; j++) {
    felt += response(smoothing, j);
    sum += felt * felt;
  }
  return sum;
}

/** How the forecasts move with each direction of the initial state, which is estimated and so uncertain itself. */
function sensitivities({ smoothing, errors }: Fit, horizon: number): number[][] {
  const silence = errors.map(() => 0);
  return Array.from({ length: stateCount }, (_, k) => continued(smooth(silence, smoothing, basisState(k)).last, errors.length, horizon));
}

/** `at` of one level: half the width of the interval at a standard error of one. */
export type Prediction = {
  points: number[];
  /** Of each day's forecast. */
  standardErrors: number[];
  total: number;
  totalStandardError: number;
  /** The t distribution's quantile that makes an interval of this probability. */
  widthOf(probability: number): number;
};

/**
 * Forecasts `horizon` days. The variance of the errors is SSE over the degrees of freedom; each forecast's adds what future errors do to it and
 * what the estimated initial state leaves open. Intervals are those of Student's t. What the parameters' own estimation leaves open is not in
 * them: the back test shows whether that matters.
 */
export function predict(fit: Fit, horizon: number): Prediction {
  const variance = fit.sse / fit.degreesOfFreedom;
  const points = continued(fit.last, fit.errors.length, horizon);
  const directions = sensitivities(fit, horizon);
  const errorOf = (known: number, direction: number[]): number => Math.sqrt(variance * (known + leverage(fit.triangle, direction)));
  const summed = directions.map((column) => column.reduce((sum, value) => sum + value, 0));
  return {
    points,
    standardErrors: points.map((_, i) =>
      errorOf(
        knownStateVariance(fit.smoothing, i + 1),
        directions.map((column) => column[i] as number),
      ),
    ),
    total: points.reduce((sum, point) => sum + point, 0),
    totalStandardError: errorOf(knownStateTotalVariance(fit.smoothing, horizon), summed),
    widthOf: (probability) => studentQuantile((1 + probability) / 2, fit.degreesOfFreedom),
  };
}
