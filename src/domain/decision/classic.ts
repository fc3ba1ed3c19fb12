/**
 * The policy `classic`: the decision matrix of the rollout guide, to the letter. Below the minimum sample: continue. p < 0.05 and a lift above
 * 5 %: roll forward; below -5 %: roll back; else continue. An error rate or a latency over its threshold rolls back at once. It is safe at one planned look
 * only: looked at daily it calls every fourth harmless rollout significant (docs/experiments.md).
 */
import type { DecisionInput, GoalEvidence, Trigger, Verdict } from '../decision.ts';
import { RELEVANT_LIFT } from '../stats/power.ts';
import { describeGoal, percent, shown, signedPercent } from './words.ts';

/** Units in each arm by metric; 30 for any other. */
const minimums: Readonly<Record<string, number>> = {
  response_time_seconds: 30,
  match_satisfaction_score: 50,
  churned: 100,
  training_hours: 20,
  session_duration_minutes: 20,
};
export const DEFAULT_MINIMUM_UNITS = 30;

export const minimumUnitsOf = (metric: string): number => minimums[metric] ?? DEFAULT_MINIMUM_UNITS;

/** Thresholds of the error rate: 3 % for churn prevention, 5 % for every other feature. */
export const errorRateThreshold = (featureId: string): number => (featureId === 'churn_prevention' ? 0.03 : 0.05);

function triggered(triggers: readonly Trigger[]): Verdict | null {
  const over = triggers.filter(({ value, threshold }) => value > threshold);
  if (over.length === 0) return null;
  const reasons = over.map(
    ({ name, value, threshold, unit }) =>
      `Rolled back at once: ${name} is ${shown(value)}${unit}, over its threshold of ${shown(threshold)}${unit}.`,
  );
  return { action: 'rollback', unitsNeeded: null, reasons };
}

const resting = (reason: string, goal: GoalEvidence, unitsNeeded: number | null = null): Verdict => ({
  action: 'continue',
  unitsNeeded,
  reasons: [reason, describeGoal(goal)],
});

function judgeLift(goal: GoalEvidence, lift: number): Verdict {
  // The guide's lift means "better": for a metric that should fall, a fall is a gain, and a loss that shrinks is a rise.
  const gain = Math.abs(lift) * Math.sign(goal.effect) * (goal.better === 'higher' ? 1 : -1);
  const called = `The lift of ${signedPercent(lift)}${goal.better === 'lower' ? ' (lower is better)' : ''}`;
  if (gain > RELEVANT_LIFT)
    return {
      action: 'roll_forward',
      unitsNeeded: null,
      reasons: [`${called} is significant and more than ${percent(RELEVANT_LIFT)} for the better.`, describeGoal(goal)],
    };
  if (gain < -RELEVANT_LIFT)
    return {
      action: 'rollback',
      unitsNeeded: null,
      reasons: [`${called} is significant and more than ${percent(RELEVANT_LIFT)} for the worse.`, describeGoal(goal)],
    };
  return resting(`${called} is significant but between -5 % and +5 %.`, goal);
}

export function classicVerdict({ triggers, minimumUnits, alpha }: DecisionInput, [goal]: readonly GoalEvidence[]): Verdict {
  const atOnce = triggered(triggers);
  if (atOnce !== null || goal === undefined) return atOnce ?? { action: 'continue', unitsNeeded: null, reasons: [] };
  const missing = [goal.control.n, goal.treatment.n].map((n) => Math.max(0, minimumUnits - n));
  const needed = missing.reduce((sum, n) => sum + n, 0);
  if (needed > 0) return resting(`Too few units: each arm needs ${minimumUnits} before it is judged.`, goal, needed);
  if (goal.problem !== null || goal.lift === null) return resting(goal.problem ?? 'There is no lift to judge.', goal);
  if (goal.pValueOfDifference >= alpha)
    return resting(`Not significant: the p-value of the difference is not below ${shown(alpha)}.`, goal);
  return judgeLift(goal, goal.lift);
}
