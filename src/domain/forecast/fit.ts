/** Fitting: smoothing parameters and initial state that make the one-step errors of the past smallest. */
import { SEASON, type Smoothing, type State, smooth } from './smooth.ts';
import { leastSquares } from './squares.ts';

/** Initial level, trend, and the seasons of six days; the seventh is what makes them add up to nothing. */
const STATES = 2 + SEASON - 1;
const PARAMETERS = 3;

export type Fit = {
  smoothing: Smoothing;
  first: State;
  last: State;
  errors: number[];
  /** Sum of squared one-step errors. */
  sse: number;
  /** What is left to estimate the errors' variance from: days less what was fitted. */
  degreesOfFreedom: number;
  /** Of the initial state's regression: R of its QR decomposition. */
  triangle: number[][];
};

/** The k-th direction of the initial state. */
export function basisState(k: number): State {
  const season = Array.from({ length: SEASON }, (_, i) => (k >= 2 ? Number(i === k - 2) - Number(i === SEASON - 1) : 0));
  return { level: Number(k === 0), trend: Number(k === 1), season };
}

export const stateCount = STATES;

const nothing: State = { level: 0, trend: 0, season: Array.from({ length: SEASON }, () => 0) };

function combined(coefficients: readonly number[]): State {
  const basis = coefficients.map((_, k) => basisState(k));
  const sum = (of: (state: State) => number): number =>
    basis.reduce((total, state, k) => total + (coefficients[k] as number) * of(state), 0);
  return {
    level: sum(({ level }) => level),
    trend: sum(({ trend }) => trend),
    season: nothing.season.map((_, i) => sum(({ season }) => season[i] as number)),
  };
}

/**
 * The best initial state for given parameters. Errors are linear in it, so it is a regression and no search: with e0 the errors from an initial
 * state of nothing, and ek those that direction k alone leaves on a series of nothing, e = e0 + sum of xk ek.
 */
export function fitState(series: readonly number[], smoothing: Smoothing): Fit {
  const silence = series.map(() => 0);
  const columns = Array.from({ length: STATES }, (_, k) => smooth(silence, smoothing, basisState(k)).errors);
  const bare = smooth(series, smoothing, nothing).errors;
  const { solution, triangle } = leastSquares(
    columns,
    bare.map((error) => -error),
  );
  const first = combined(solution);
  const { errors, last } = smooth(series, smoothing, first);
  const sse = errors.reduce((sum, error) => sum + error * error, 0);
  return { smoothing, first, last, errors, sse, degreesOfFreedom: series.length - STATES - PARAMETERS, triangle };
}

/** A point of the unit cube: alpha, and beta and gamma as shares of what they may be at most. */
type Point = [alpha: number, betaShare: number, gammaShare: number];
const smoothingOf = ([alpha, betaShare, gammaShare]: Point): Smoothing => ({
  alpha,
  beta: alpha * betaShare,
  gamma: (1 - alpha) * gammaShare,
});

const grid: Point[] = [0, 0.1, 0.3, 0.6, 0.9].flatMap((alpha) =>
  [0, 0.1, 0.5].flatMap((betaShare) => [0, 0.1, 0.4].map((gammaShare): Point => [alpha, betaShare, gammaShare])),
);

const FINEST_STEP = 1 / 512;

function neighbours(point: Point, step: number): Point[] {
  return point.flatMap((value, axis) =>
    [value - step, value + step]
      .map((moved) => Math.min(1, Math.max(0, moved)))
      .filter((moved) => moved !== value)
      .map((moved) => point.with(axis, moved) as Point),
  );
}

/** Goes downhill along the axes, with ever smaller steps. */
function descend(series: readonly number[], start: { point: Point; fit: Fit }): Fit {
  let best = start;
  for (let step = 1 / 8; step >= FINEST_STEP; ) {
    const tried = neighbours(best.point, step).map((point) => ({ point, fit: fitState(series, smoothingOf(point)) }));
    const better = tried.reduce((a, b) => (b.fit.sse < a.fit.sse ? b : a));
    if (better.fit.sse < best.fit.sse * (1 - 1e-9)) best = better;
    else step /= 2;
  }
  return best.fit;
}

/**
 * The fit with the smallest sum of squared one-step errors: the best of a grid, and downhill from there. Same series, same fit.
 * @param series one value a day, at least two seasons
 */
export function fitForecast(series: readonly number[]): Fit {
  const tried = grid.map((point) => ({ point, fit: fitState(series, smoothingOf(point)) }));
  return descend(
    series,
    tried.reduce((a, b) => (b.fit.sse < a.fit.sse ? b : a)),
  );
}
