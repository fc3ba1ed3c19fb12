/** The experiment analysis as a calculator: sufficient statistics in, the same decision out that the rollout gets. */
import type { actions, DecisionInput, Recommendation } from '../decision.ts';
import type { Interval } from '../stats/comparison.ts';
import { type Moments, meanMoments, proportionMoments, ratioMoments } from '../stats/moments.ts';
import { pairOf } from '../stats/pair.ts';
import type { PairedSums } from '../stats/sums.ts';
import type { CalculatorInput } from './calculator-input.ts';
import { recommend } from './recommend.ts';

export type CalculatorResult = {
  control: { mean: number };
  treatment: { mean: number };
  absoluteEffect: number;
  absoluteCi: Interval | null;
  pValue: number;
  degreesOfFreedom: number | null;
  relativeLift: number | null;
  relativeCi: Interval | null;
  relativePValue: number;
  sequentialPValue: number;
  sequentialCi: Interval | null;
  srmPValue: number;
  recommendation: (typeof actions)[number];
  reasons: readonly string[];
};

const momentsBy: Record<CalculatorInput['metric'], (sums: PairedSums) => Moments> = {
  mean: meanMoments,
  proportion: proportionMoments,
  ratio: ratioMoments,
};

/** The decision that the calculator's statistics stand for: one goal, no guardrails, one stage. */
function decisionOf(input: CalculatorInput): DecisionInput {
  const { control, treatment, alpha, policy, nStar, looks, better, weights, minimumUnits } = input;
  const moments = momentsBy[input.metric];
  return {
    policy,
    alpha,
    tuningUnits: nStar,
    looks,
    stage: null,
    minimumUnits,
    goals: [{ metric: input.metric, better, pair: pairOf(moments(control), moments(treatment)) }],
    guardrails: [],
    splits: [{ units: [control.n, treatment.n], weights }],
    crossovers: null,
    triggers: [],
  };
}

function resultOf({ goals, sampleRatioPValue, action, reasons }: Recommendation): CalculatorResult {
  const [goal] = goals as [Recommendation['goals'][number]];
  return {
    control: { mean: goal.control.mean },
    treatment: { mean: goal.treatment.mean },
    absoluteEffect: goal.effect,
    absoluteCi: goal.interval,
    pValue: goal.pValueOfDifference,
    degreesOfFreedom: goal.degreesOfFreedom,
    relativeLift: goal.lift,
    relativeCi: goal.liftInterval,
    relativePValue: goal.pValueOfLift,
    sequentialPValue: goal.sequentialPValue,
    sequentialCi: goal.sequentialInterval,
    srmPValue: sampleRatioPValue,
    recommendation: action,
    reasons,
  };
}

/** One calculation. The intervals, p-values and the recommendation are those of `recommend`. */
export const calculate = (input: CalculatorInput): CalculatorResult => resultOf(recommend(decisionOf(input)));
