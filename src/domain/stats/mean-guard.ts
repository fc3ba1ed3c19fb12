/** Has a mean (latency, satisfaction) become worse than the margin allows? One-sided confidence sequences over buckets of units, by stage. */
import { addToBucket, type Buckets, type BucketValues, bucketMoments, emptyBuckets, mergeBuckets } from './buckets.ts';
import { oneSidedP, oneSidedWidth } from './confidence-sequence.ts';
import { type Better, distanceFromHarm, type Margin } from './margin.ts';
import type { Moments } from './moments.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { cautiousPairOf, type Pair, stratify } from './pair.ts';
import type { ArmName } from './safe-test.ts';
import { studentCdf, studentQuantile } from './student.ts';

/** Plain data: the buckets of both arms for each stage. */
export type MeanGuardState = { stages: Readonly<Record<string, Record<ArmName, Buckets>>> };

export type Values = BucketValues & { stage: string; arm: ArmName };

/** How much worse than it may be, as an estimate. `standardError` comes with the degrees of freedom of the buckets behind it. */
export type Excess = { estimate: number; standardError: number; degreesOfFreedom: number; units: number };

export const initialMeanGuard: MeanGuardState = { stages: {} };

export function observeValues(state: MeanGuardState, buckets: number, values: Values): MeanGuardState {
  const { stage, arm } = values;
  const before = state.stages[stage] ?? { control: emptyBuckets(buckets), treatment: emptyBuckets(buckets) };
  return { stages: { ...state.stages, [stage]: { ...before, [arm]: addToBucket(before[arm], values) } } };
}

/** One arm's values of all stages together. */
export function armMoments(state: MeanGuardState, arm: ArmName): Moments {
  const [first, ...rest] = Object.values(state.stages).map((stage) => stage[arm]);
  return first === undefined ? { n: 0, mean: 0, variance: 0 } : bucketMoments(rest.reduce(mergeBuckets, first));
}

/** Both arms, stratified by stage. */
export function guardedPair(state: MeanGuardState): Pair {
  const stages = Object.values(state.stages);
  return stratify(stages.map(({ control, treatment }) => cautiousPairOf(bucketMoments(control), bucketMoments(treatment))));
}

/** How far treatment is beyond what the margin bears of control, stratified by stage. Null before both arms vary. */
export function excessOverControl(state: MeanGuardState, better: Better, margin: Readonly<Margin>): Excess | null {
  const pair = guardedPair(state);
  const found = distanceFromHarm(pair, better, margin);
  if (found === null || pair.degreesOfFreedom === null) return null;
  const { degreesOfFreedom, units } = pair;
  return { estimate: -found.estimate, standardError: found.standardError, degreesOfFreedom, units };
}

/** How far treatment's mean is beyond an absolute limit. Null before it varies. */
export function excessOverLimit(state: MeanGuardState, better: Better, limit: number): Excess | null {
  const { n, mean, variance, replicates = 0 } = armMoments(state, 'treatment');
  if (variance <= 0 || replicates < 2) return null;
  const estimate = better === 'lower' ? mean - limit : limit - mean;
  return { estimate, standardError: Math.sqrt(variance / n), degreesOfFreedom: replicates - 1, units: n };
}

/** The sequence's width in standard errors. */
const widthOf = ({ units }: Excess, alpha: number, tuningUnits: number): number => oneSidedWidth(1, units, alpha, tuningUnits);

/**
 * The statistic as a normal one of the same rarity. A standard error that is estimated from few buckets has Student's tails; without this
 * the first dozens of units would not be honest.
 */
const normalised = ({ estimate, standardError, degreesOfFreedom }: Excess): number =>
  -normalQuantile(studentCdf(-estimate / standardError, degreesOfFreedom));

/** Is the excess above 0? At all times with error probability alpha. */
export function isShown(excess: Excess, alpha: number, tuningUnits: number): boolean {
  const width = widthOf(excess, alpha, tuningUnits);
  // Student's statistic is never rarer than the normal one, so most looks end here, cheaply.
  return excess.estimate >= width * excess.standardError && normalised(excess) >= width;
}

/** The always-valid p-value of "the excess is 0 or less". */
export function excessP(excess: Excess, alpha: number, tuningUnits: number): number {
  return oneSidedP({ estimate: normalised(excess), standardError: 1, units: excess.units }, alpha, tuningUnits);
}

/** The lower bound of the excess; minus infinity while there are too few values for any. */
export function lowerBound(excess: Excess, alpha: number, tuningUnits: number): number {
  const tail = normalCdf(-widthOf(excess, alpha, tuningUnits));
  return excess.estimate + studentQuantile(tail, excess.degreesOfFreedom) * excess.standardError;
}
