/** Judges the guardrails of a rollout: which are broken, and by what evidence. */

import type { Interval } from '../stats/comparison.ts';
import type { GuardPlan, Guardrail, GuardState } from './guard.ts';
import { brokenMean } from './guard-mean.ts';
import { brokenRate } from './guard-rate.ts';

/** Of a guardrail's part of alpha, what its hard limit gets where it is also compared with control. */
const LIMIT_SHARE = 0.1;

export type Harm = {
  guardrail: string;
  /** Worse than control by more than the margin, or beyond the hard limit. */
  test: 'control' | 'limit';
  control: { n: number; mean: number };
  treatment: { n: number; mean: number };
  /** Treatment - control, or treatment - limit. */
  effect: number;
  /** Always-valid interval of the effect (asymptotic, two-sided, 1 - alpha); null where nothing varies. */
  interval: Interval | null;
  /** Always-valid. */
  pValue: number;
  /** How many times a bet against "no harm" has multiplied its stake: 1 / pValue at the least. */
  eValue: number;
  /** What this test may err. */
  alpha: number;
  /** A sentence for people. */
  reason: string;
};

export type GuardVerdict = { rollback: boolean; harms: readonly Harm[] };

export type TestAlphas = { control: number; limit: number };

export function alphasOf({ alpha, guardrails }: Pick<GuardPlan, 'alpha' | 'guardrails'>, { weight, margin, limit }: Guardrail): TestAlphas {
  const part = (alpha * weight) / guardrails.reduce((sum, one) => sum + one.weight, 0);
  if (margin === null || limit === null) return { control: part, limit: part };
  return { control: part * (1 - LIMIT_SHARE), limit: part * LIMIT_SHARE };
}

/** May be asked as often as one likes: over all times a harmless rollout is condemned with probability alpha at most. */
export function judgeGuard(plan: GuardPlan, state: GuardState): GuardVerdict {
  const harms = plan.guardrails.flatMap((guardrail) => {
    const rail = state[guardrail.id];
    if (rail === undefined) return [];
    const alphas = alphasOf(plan, guardrail);
    return 'rate' in rail ? brokenRate(guardrail, alphas, rail.rate) : brokenMean(guardrail, alphas, rail.mean, plan.tuningUnits);
  });
  return { rollback: harms.length > 0, harms };
}
