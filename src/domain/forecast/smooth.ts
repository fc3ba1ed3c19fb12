/**
 * Additive Holt-Winters with a weekly season, in its innovations form ETS(A,A,A).
 * Source: Hyndman, Koehler, Ord, Snyder, "Forecasting with Exponential Smoothing: The State Space Approach" (Springer 2008), chapters 2 and 6;
 * Hyndman, Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, chapter 8.
 *
 *   forecast of t   f = l + b + s(t - 7)          error  e = y - f
 *   level           l' = l + b + alpha e
 *   trend           b' = b + beta e
 *   season          s'(t) = s(t - 7) + gamma e
 */

/** Length of the season, days. */
export const SEASON = 7;

/** beta and gamma as in the equations above: 0 <= alpha <= 1, 0 <= beta <= alpha, 0 <= gamma <= 1 - alpha. */
export type Smoothing = { alpha: number; beta: number; gamma: number };

/** `season[i]` belongs to the days with index i modulo 7, counted from the first day of the series. */
export type State = { level: number; trend: number; season: readonly number[] };

export type Smoothed = { errors: number[]; last: State };

/** Runs over a series: the one-step errors, and the state after the last day. */
export function smooth(series: readonly number[], { alpha, beta, gamma }: Smoothing, first: State): Smoothed {
  let { level, trend } = first;
  const season = [...first.season];
  const errors = series.map((value, t) => {
    const phase = t % SEASON;
    const seasonal = season[phase] ?? 0;
    const error = value - (level + trend + seasonal);
    level += trend + alpha * error;
    trend += beta * error;
    season[phase] = seasonal + gamma * error;
    return error;
  });
  return { errors, last: { level, trend, season } };
}

/** The forecasts of the `horizon` days after a series of `length` days that left this state. */
export function continued({ level, trend, season }: State, length: number, horizon: number): number[] {
  return Array.from({ length: horizon }, (_, i) => level + (i + 1) * trend + (season[(length + i) % SEASON] ?? 0));
}

/**
 * What an error of one moves the forecast of the day so many days later by: 1 on its own day, then alpha + beta j, and gamma more every 7th
 * (Hyndman et al. 2008, table 6.1, class 1).
 */
export const response = ({ alpha, beta, gamma }: Smoothing, days: number): number =>
  days === 0 ? 1 : alpha + beta * days + (days % SEASON === 0 ? gamma : 0);
