/** Is treatment not worse than the margin allows? "No evidence of harm" is not enough to roll forward: too few units never show harm. */
import { oneSidedWidth } from './confidence-sequence.ts';
import { type Better, distanceFromHarm, type Margin } from './margin.ts';
import type { Pair } from './pair.ts';

export type NonInferiority = {
  /** How far treatment is on the good side of what the margin bears, in the metric's unit. */
  distance: number;
  standardError: number;
  /** Above 0: not inferior. Holds at all times with error probability alpha. */
  lower: number;
  /** Below 0: inferior. Holds at all times with error probability alpha. */
  upper: number;
};

/** @returns null where an arm does not vary */
export function judgeNonInferiority(
  pair: Pair,
  better: Better,
  margin: Readonly<Margin>,
  alpha: number,
  tuningUnits: number,
): NonInferiority | null {
  const found = distanceFromHarm(pair, better, margin);
  if (found === null) return null;
  const width = oneSidedWidth(found.standardError, pair.units, alpha, tuningUnits);
  return { distance: found.estimate, standardError: found.standardError, lower: found.estimate - width, upper: found.estimate + width };
}
