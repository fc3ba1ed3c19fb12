/** Guardrails on independent yes/no outcomes: the safe Bernoulli test against control, the lower bound of the rate against a hard limit. */

import type { Interval } from '../stats/comparison.ts';
import { twoSidedHalfWidth } from '../stats/confidence-sequence.ts';
import { logEvidenceAbove, lowerRateBound } from '../stats/rate-limit.ts';
import { type ArmCounts, type ArmName, type Counts, type SafeTestState, safeP, showsHarm } from '../stats/safe-test.ts';
import type { Guardrail } from './guard.ts';
import type { Harm, TestAlphas } from './guard-verdict.ts';
import { percent, probability, shown, whole } from './words.ts';

type Arm = { n: number; mean: number };

const total = ({ closed, pending }: SafeTestState, arm: ArmName): Counts => ({
  n: closed[arm].n + pending[arm].n,
  events: closed[arm].events + pending[arm].events,
});

/** The rate as the metric has it: of those who did, whether that is good or bad. */
function armOf({ better }: Guardrail, { n, events }: Counts): Arm {
  const rate = n > 0 ? events / n : 0;
  return { n, mean: better === 'lower' ? rate : 1 - rate };
}

function intervalOf(effect: number, arms: readonly Arm[], alpha: number): Interval | null {
  const variance = arms.reduce((sum, { n, mean }) => sum + (mean * (1 - mean)) / n, 0);
  if (!(variance > 0)) return null;
  const half = twoSidedHalfWidth(
    Math.sqrt(variance),
    arms.reduce((sum, { n }) => sum + n, 0),
    alpha,
  );
  return [effect - half, effect + half];
}

function worseThanControl(guardrail: Guardrail, alpha: number, state: SafeTestState, counts: ArmCounts): Harm {
  const [control, treatment] = [armOf(guardrail, counts.control), armOf(guardrail, counts.treatment)];
  const effect = treatment.mean - control.mean;
  const pValue = safeP(state);
  const rates = `${percent(treatment.mean)} of ${whole(treatment.n)} in treatment against ${percent(control.mean)} of ${whole(control.n)} in control`;
  const reason = `Guardrail ${guardrail.id} is broken: ${rates}; e-value ${shown(1 / pValue)}, ${shown(1 / alpha)} was asked for.`;
  const interval = intervalOf(effect, [control, treatment], alpha);
  return { guardrail: guardrail.id, test: 'control', control, treatment, effect, interval, pValue, eValue: 1 / pValue, alpha, reason };
}

function beyondLimit(guardrail: Guardrail, limit: number, alpha: number, logEvidence: number, counts: ArmCounts): Harm {
  const [control, treatment] = [armOf(guardrail, counts.control), armOf(guardrail, counts.treatment)];
  const bad = lowerRateBound(counts.treatment, alpha);
  const [bound, side] = guardrail.better === 'lower' ? [bad, 'at least'] : [1 - bad, 'at most'];
  const effect = treatment.mean - limit;
  const interval = intervalOf(effect, [treatment], alpha);
  const pValue = Math.exp(-logEvidence);
  const reason = `Guardrail ${guardrail.id} is beyond its limit of ${percent(limit)}: ${percent(treatment.mean)} of ${whole(treatment.n)} in treatment, ${side} ${percent(bound)} with confidence (${probability(pValue)}).`;
  return { guardrail: guardrail.id, test: 'limit', control, treatment, effect, interval, pValue, eValue: 1 / pValue, alpha, reason };
}

/** The tests of this guardrail that are broken. */
export function brokenRate(guardrail: Guardrail, alphas: TestAlphas, state: SafeTestState): Harm[] {
  const counts = { control: total(state, 'control'), treatment: total(state, 'treatment') };
  const harms: Harm[] = [];
  if (guardrail.margin !== null && showsHarm(state, alphas.control)) harms.push(worseThanControl(guardrail, alphas.control, state, counts));
  if (guardrail.limit === null || counts.treatment.n === 0) return harms;
  const logEvidence = logEvidenceAbove(counts.treatment, guardrail.better === 'lower' ? guardrail.limit : 1 - guardrail.limit);
  if (logEvidence >= -Math.log(alphas.limit)) harms.push(beyondLimit(guardrail, guardrail.limit, alphas.limit, logEvidence, counts));
  return harms;
}
