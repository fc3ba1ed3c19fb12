/** Welch's t-test of treatment against control, for the difference and for the relative lift. Valid at one look that was planned. */
import type { Pair } from './pair.ts';
import { studentQuantile, studentTwoSided } from './student.ts';

export type Interval = readonly [lower: number, upper: number];

/** An estimate with its test against 0. `interval` is null where none can be given; p is 1 then. */
export type Effect = { estimate: number; standardError: number; pValue: number; interval: Interval | null };

export type Comparison = {
  /** Treatment - control. */
  absolute: Effect;
  /** (treatment - control) / control; null with a control of 0. */
  relative: Effect | null;
  degreesOfFreedom: number | null;
  /** Why nothing can be tested, as a sentence; null when all is well. */
  problem: string | null;
};

/** Why a pair cannot be tested, or null. Then p is 1: no evidence, rather than a number that is none. */
function problemOf({ control, treatment }: Pair): string | null {
  if (control.n < 2 || treatment.n < 2)
    return `Too few units to test: ${control.n} in control and ${treatment.n} in treatment, at least 2 are needed in each.`;
  const still = [control.variance <= 0 && 'control', treatment.variance <= 0 && 'treatment'].filter((arm) => arm !== false);
  if (still.length > 0) return `Zero variance in ${still.join(' and ')}: all units have the same value, so nothing can be tested.`;
  if (control.mean === 0) return 'Zero baseline: the mean of control is 0, so a lift cannot be told.';
  return null;
}

/** Values of very different sizes have variances that doubles cannot hold. */
function overflow(pair: Pair): string | null {
  const fine = [pair.degreesOfFreedom, varianceOfDifference(pair), varianceOfLift(pair)].every(
    (value) => value !== null && Number.isFinite(value) && value > 0,
  );
  return fine ? null : 'The sizes of the values are too far apart to compute with.';
}

/** Squared standard error of treatment - control. */
export const varianceOfDifference = ({ control, treatment }: Pair): number =>
  control.variance / control.n + treatment.variance / treatment.n;

/** Squared standard error of the relative lift by the delta method: vT / (mC^2 nT) + vC mT^2 / (mC^4 nC). */
const varianceOfLift = ({ control, treatment }: Pair): number =>
  treatment.variance / (control.mean ** 2 * treatment.n) + (control.variance * treatment.mean ** 2) / (control.mean ** 4 * control.n);

const untested = (estimate: number): Effect => ({ estimate, standardError: 0, pValue: 1, interval: null });

/**
 * @param pair of a pair that `problemOf` accepts, or any other: its effects are told and not tested
 * @param alpha chance that an interval misses the truth
 */
export function compare(pair: Pair, alpha: number): Comparison {
  const { control, treatment, degreesOfFreedom } = pair;
  const difference = treatment.mean - control.mean;
  const problem = problemOf(pair) ?? overflow(pair);
  if (problem !== null || degreesOfFreedom === null)
    return {
      absolute: untested(difference),
      relative: control.mean === 0 ? null : untested(difference / control.mean),
      degreesOfFreedom: null,
      problem,
    };
  const critical = -studentQuantile(alpha / 2, degreesOfFreedom);
  const tested = (estimate: number, variance: number): Effect => {
    const standardError = Math.sqrt(variance);
    const pValue = studentTwoSided(estimate / standardError, degreesOfFreedom);
    return { estimate, standardError, pValue, interval: [estimate - critical * standardError, estimate + critical * standardError] };
  };
  return {
    absolute: tested(difference, varianceOfDifference(pair)),
    relative: tested(difference / control.mean, varianceOfLift(pair)),
    degreesOfFreedom,
    problem: null,
  };
}
