/** The evidence of a recommendation: every estimate with its interval, every p-value under its own name. */
import type { DecisionInput, GoalEvidence, GuardrailEvidence, GuardrailPair, MetricPair } from '../decision.ts';
import { compare } from '../stats/comparison.ts';
import { twoSidedHalfWidth, twoSidedP } from '../stats/confidence-sequence.ts';
import { holmAdjusted } from '../stats/holm.ts';
import { judgeNonInferiority, type NonInferiority } from '../stats/non-inferiority.ts';

type Tuning = Pick<DecisionInput, 'alpha' | 'tuningUnits'>;

const armOf = ({ n, mean }: { n: number; mean: number }): { n: number; mean: number } => ({ n, mean });

function goalEvidence({ metric, better, pair }: MetricPair, { alpha, tuningUnits }: Tuning): Omit<GoalEvidence, 'adjustedPValue'> {
  const { absolute, relative, degreesOfFreedom, problem } = compare(pair, alpha);
  const { estimate, standardError } = absolute;
  const half = twoSidedHalfWidth(standardError, pair.units, alpha, tuningUnits);
  const tested = absolute.interval !== null;
  return {
    metric,
    better,
    control: armOf(pair.control),
    treatment: armOf(pair.treatment),
    effect: estimate,
    interval: absolute.interval,
    pValueOfDifference: absolute.pValue,
    degreesOfFreedom,
    lift: relative?.estimate ?? null,
    liftInterval: relative?.interval ?? null,
    pValueOfLift: relative?.pValue ?? 1,
    sequentialInterval: tested ? [estimate - half, estimate + half] : null,
    sequentialPValue: tested ? twoSidedP({ estimate, standardError, units: pair.units }, alpha, tuningUnits) : 1,
    problem,
  };
}

export function goalsEvidence({ goals, ...tuning }: Pick<DecisionInput, 'goals' | keyof Tuning>): GoalEvidence[] {
  const found = goals.map((goal) => goalEvidence(goal, tuning));
  const adjusted = holmAdjusted(found.map(({ sequentialPValue }) => sequentialPValue));
  return found.map((one, i) => ({ ...one, adjustedPValue: adjusted[i] ?? 1 }));
}

function verdictOf(good: NonInferiority | null, bad: NonInferiority | null): GuardrailEvidence['verdict'] {
  if (bad !== null && bad.upper < 0) return 'inferior';
  return good !== null && good.lower > 0 ? 'not_inferior' : 'undecided';
}

/**
 * Every guardrail must pass, so each may pass at alpha; any of them may condemn, so alpha is split over them for that.
 */
export function guardrailsEvidence(guardrails: readonly GuardrailPair[], { alpha, tuningUnits }: Tuning): GuardrailEvidence[] {
  return guardrails.map(({ metric, better, margin, pair }) => {
    const good = judgeNonInferiority(pair, better, margin, alpha, tuningUnits);
    const bad = judgeNonInferiority(pair, better, margin, alpha / guardrails.length, tuningUnits);
    const bounds = { distance: good?.distance ?? null, lower: good?.lower ?? null, upper: bad?.upper ?? null };
    return {
      metric,
      better,
      margin,
      control: armOf(pair.control),
      treatment: armOf(pair.treatment),
      ...bounds,
      verdict: verdictOf(good, bad),
    };
  });
}
