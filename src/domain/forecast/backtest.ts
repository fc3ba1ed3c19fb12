/** Back test: forecasts from days in the past, with what was known then, held against what came. */
import { fitForecast } from './fit.ts';
import { predict } from './predict.ts';
import { SEASON } from './smooth.ts';

/** Fewer days than two seasons say nothing about a season. */
export const MINIMUM_DAYS = 2 * SEASON;

const ORIGINS = 8;
const LONGEST = 30;

export type Backtest = {
  /** From how many days a forecast was made, and how many days ahead. */
  origins: number;
  horizon: number;
  /** Days that were forecast and came. */
  points: number;
  /** In the series' unit. */
  meanAbsoluteError: number;
  /** Forecast less actual: above 0, the forecasts were too high. */
  bias: number;
  /** Mean absolute error against that of repeating the week before; below 1 is better than that. Null where every week was the same. */
  scaledError: number | null;
  /** Mean absolute error of the totals, percent of the actual totals; null where those are nothing. */
  totalErrorPercent: number | null;
  /** Share of days inside the intervals of 80 % and 95 %, percent. */
  coverage80: number;
  coverage95: number;
};

type Compared = { error: number; scale: number; inside80: boolean; inside95: boolean };
type Trial = { days: Compared[]; total: number; actualTotal: number };

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The error of saying "as a week before", in the past. */
function naiveError(series: readonly number[]): number {
  return mean(series.slice(SEASON).map((value, i) => Math.abs(value - (series[i] as number))));
}

function trial(series: readonly number[], origin: number, horizon: number): Trial {
  const past = series.slice(0, origin);
  const actual = series.slice(origin, origin + horizon);
  const { points, standardErrors, widthOf } = predict(fitForecast(past), horizon);
  const [width80, width95, scale] = [widthOf(0.8), widthOf(0.95), naiveError(past)];
  const days = actual.map((value, i) => {
    const error = (points[i] as number) - value;
    // What is exactly on the line, as with a cost that never changes, is inside.
    const slack = 1e-9 * Math.max(1, Math.abs(value));
    const within = (width: number): boolean => Math.abs(error) <= width * (standardErrors[i] as number) + slack;
    return { error, scale, inside80: within(width80), inside95: within(width95) };
  });
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return { days, total: sum(points), actualTotal: sum(actual) };
}

function summary(trials: readonly Trial[], horizon: number): Backtest {
  const days = trials.flatMap((one) => one.days);
  const absolute = mean(days.map(({ error }) => Math.abs(error)));
  const scale = mean(days.map((one) => one.scale));
  const actual = mean(trials.map(({ actualTotal }) => Math.abs(actualTotal)));
  const share = (inside: (day: Compared) => boolean): number => (100 * days.filter(inside).length) / days.length;
  return {
    origins: trials.length,
    horizon,
    points: days.length,
    meanAbsoluteError: absolute,
    bias: mean(days.map(({ error }) => error)),
    scaledError: scale > 0 ? absolute / scale : null,
    totalErrorPercent: actual > 0 ? (100 * mean(trials.map((one) => Math.abs(one.total - one.actualTotal)))) / actual : null,
    coverage80: share(({ inside80 }) => inside80),
    coverage95: share(({ inside95 }) => inside95),
  };
}

/**
 * Forecasts from up to eight days, a week apart, the last of them such that all of its days have come; each is fitted anew to what was known then.
 * @returns null where there is not one day more than the fit needs
 */
export function backtest(series: readonly number[], horizon: number): Backtest | null {
  const ahead = Math.min(horizon, LONGEST, series.length - MINIMUM_DAYS);
  if (ahead < 1) return null;
  const origins = Array.from({ length: ORIGINS }, (_, i) => series.length - ahead - SEASON * i).filter((origin) => origin >= MINIMUM_DAYS);
  return summary(
    origins.map((origin) => trial(series, origin, ahead)),
    ahead,
  );
}
