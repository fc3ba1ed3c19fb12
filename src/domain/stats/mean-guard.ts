/** Has a mean (latency, satisfaction) become worse than the margin allows? One-sided confidence sequences over buckets of units, by stage. */
import { addToBucket, type Buckets, type BucketValues, bucketMoments, emptyBuckets, mergeBuckets } from './buckets.ts';
import { oneSidedWidth } from './confidence-sequence.ts';
import { type Better, distanceFromHarm, type Margin } from './margin.ts';
import type { Moments } from './moments.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { pairOf, stratify } from './pair.ts';
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

/** How far treatment is beyond what the margin bears of control, stratified by stage. Null before both arms vary. */
export function excessOverControl(state: MeanGuardState, better: Better, margin: Readonly<Margin>): Excess | null {
  const stages = Object.values(state.stages);
  const pair = stratify(stages.map(({ control, treatment }) => pairOf(bucketMoments(control), bucketMoments(treatment))));
  const found = distanceFromHarm(pair, better, margin);
  if (found === null || pair.degreesOfFreedom === null) return null;
  const { degreesOfFreedom, units } = pair;
  return { estimate: -found.estimate, standardError: found.standardError, degreesOfFreedom, units };
}

/** Treatment's values of all stages. */
export function treatmentMoments(state: MeanGuardState): Moments {
  const [first, ...rest] = Object.values(state.stages).map(({ treatment }) => treatment);
  return first === undefined ? { n: 0, mean: 0, variance: 0 } : bucketMoments(rest.reduce(mergeBuckets, first));
}

/** How far treatment's mean is beyond an absolute limit. Null before it varies. */
export function excessOverLimit(state: MeanGuardState, better: Better, limit: number): Excess | null {
  const { n, mean, variance, replicates = 0 } = treatmentMoments(state);
  if (variance <= 0 || replicates < 2) return null;
  const estimate = better === 'lower' ? mean - limit : limit - mean;
  return { estimate, standardError: Math.sqrt(variance / n), degreesOfFreedom: replicates - 1, units: n };
}

/** The sequence's width in standard errors. */
const widthOf = ({ units }: Excess, alpha: number, tuningUnits: number): number => oneSidedWidth(1, units, alpha, tuningUnits);

/**
 * Is the excess above 0, at all times with error probability alpha? Estimated standard errors have Student's tails, so the statistic must be as
 * rare in these as the normal sequence asks for: that keeps the first dozens of units honest.
 */
export function isShown(excess: Excess, alpha: number, tuningUnits: number): boolean {
  const width = widthOf(excess, alpha, tuningUnits);
  const statistic = excess.estimate / excess.standardError;
  return statistic >= width && -normalQuantile(studentCdf(-statistic, excess.degreesOfFreedom)) >= width;
}

/** The lower bound of the excess; minus infinity while there are too few values for any. */
export function lowerBound(excess: Excess, alpha: number, tuningUnits: number): number {
  const tail = normalCdf(-widthOf(excess, alpha, tuningUnits));
  return excess.estimate + studentQuantile(tail, excess.degreesOfFreedom) * excess.standardError;
}
