/** Guardrails on means: one-sided confidence sequences over buckets of units, against control and against a hard limit. */

import { twoSidedHalfWidth } from '../stats/confidence-sequence.ts';
import {
  armMoments,
  type Excess,
  excessOverControl,
  excessOverLimit,
  excessP,
  guardedPair,
  isShown,
  lowerBound,
  type MeanGuardState,
} from '../stats/mean-guard.ts';
import type { Moments } from '../stats/moments.ts';
import type { Guardrail } from './guard.ts';
import type { Harm, TestAlphas } from './guard-verdict.ts';
import { probability, shown, whole } from './words.ts';

type Test = { guardrail: Guardrail; alpha: number; tuningUnits: number; excess: Excess };

const armOf = ({ n, mean }: Moments): { n: number; mean: number } => ({ n, mean });

/** What both tests tell alike. `effect` and its standard error are in the metric's unit. */
function harmOf(
  { guardrail, alpha, tuningUnits, excess }: Test,
  effect: number,
  control: Moments,
  treatment: Moments,
): Omit<Harm, 'test' | 'reason'> {
  const half = twoSidedHalfWidth(excess.standardError, excess.units, alpha, tuningUnits);
  const pValue = excessP(excess, alpha, tuningUnits);
  const arms = { control: armOf(control), treatment: armOf(treatment) };
  return { guardrail: guardrail.id, ...arms, effect, interval: [effect - half, effect + half], pValue, eValue: 1 / pValue, alpha };
}

const beyond = ({ excess, alpha, tuningUnits }: Test): string =>
  `by at least ${shown(lowerBound(excess, alpha, tuningUnits))} with confidence`;

function worseThanControl(test: Test, state: MeanGuardState): Harm {
  const { control, treatment } = guardedPair(state);
  const harm = harmOf(test, treatment.mean - control.mean, control, treatment);
  const means = `${shown(treatment.mean)} in treatment against ${shown(control.mean)} in control (${whole(treatment.n)} and ${whole(control.n)} values)`;
  const reason = `Guardrail ${harm.guardrail} is broken: ${means}, worse than its margin ${beyond(test)} (${probability(harm.pValue)}).`;
  return { ...harm, test: 'control', reason };
}

function beyondLimit(test: Test, limit: number, state: MeanGuardState): Harm {
  const treatment = armMoments(state, 'treatment');
  const harm = harmOf(test, treatment.mean - limit, armMoments(state, 'control'), treatment);
  const means = `${shown(treatment.mean)} in treatment (${whole(treatment.n)} values)`;
  const reason = `Guardrail ${harm.guardrail} is beyond its limit of ${shown(limit)}: ${means}, ${beyond(test)} (${probability(harm.pValue)}).`;
  return { ...harm, test: 'limit', reason };
}

/** The tests of this guardrail that are broken. */
export function brokenMean(guardrail: Guardrail, alphas: TestAlphas, state: MeanGuardState, tuningUnits: number): Harm[] {
  const { better, margin, limit } = guardrail;
  const harms: Harm[] = [];
  const overControl = margin === null ? null : excessOverControl(state, better, margin);
  if (overControl !== null && isShown(overControl, alphas.control, tuningUnits))
    harms.push(worseThanControl({ guardrail, alpha: alphas.control, tuningUnits, excess: overControl }, state));
  const overLimit = limit === null ? null : excessOverLimit(state, better, limit);
  if (limit !== null && overLimit !== null && isShown(overLimit, alphas.limit, tuningUnits))
    harms.push(beyondLimit({ guardrail, alpha: alphas.limit, tuningUnits, excess: overLimit }, limit, state));
  return harms;
}
