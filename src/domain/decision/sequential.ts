/**
 * The policy `sequential`, the default: as safe for people who look every minute as for those who look once. Roll forward needs success on a goal
 * AND non-inferiority on every guardrail; harm on a goal or beyond a guardrail's margin rolls back; everything else continues and says how much more is needed.
 */
import type { DecisionInput, GoalEvidence, GuardrailEvidence, Verdict } from '../decision.ts';
import { holmPasses } from '../stats/holm.ts';
import { goalTest, testName } from './looks.ts';
import { describeMissing, missingUnits } from './needs.ts';
import { describeGoal, describeGuardrail } from './words.ts';

const bettered = ({ effect, better }: GoalEvidence): boolean => (better === 'higher' ? effect > 0 : effect < 0);

type Standing = { significant: GoalEvidence[]; guardrails: readonly GuardrailEvidence[] };

function tooFew(input: DecisionInput, goals: readonly GoalEvidence[]): Verdict | null {
  const least = input.minimumUnits;
  const short = goals.filter(({ control, treatment }) => Math.min(control.n, treatment.n) < least);
  if (short.length < goals.length) return null;
  const needed = Math.min(...short.map(({ control, treatment }) => Math.max(0, least - control.n) + Math.max(0, least - treatment.n)));
  const reason = `Too few units: each arm needs ${least} before it is judged; needs about ${needed} more.`;
  return { action: 'continue', unitsNeeded: needed, reasons: [reason, ...goals.map(describeGoal)] };
}

function harmed({ significant, guardrails }: Standing, how: string): Verdict | null {
  const worse = significant.filter((goal) => !bettered(goal)).map((goal) => `Harm to a goal, by ${how}. ${describeGoal(goal)}`);
  const inferior = guardrails.filter(({ verdict }) => verdict === 'inferior').map(describeGuardrail);
  const reasons = [...worse, ...inferior];
  return reasons.length > 0 ? { action: 'rollback', unitsNeeded: null, reasons } : null;
}

function succeeded({ significant, guardrails }: Standing, how: string): Verdict | null {
  const better = significant.filter(bettered);
  if (better.length === 0 || guardrails.some(({ verdict }) => verdict !== 'not_inferior')) return null;
  const reasons = [...better.map((goal) => `Success on a goal, by ${how}. ${describeGoal(goal)}`), ...guardrails.map(describeGuardrail)];
  return { action: 'roll_forward', unitsNeeded: null, reasons };
}

function undecided(input: DecisionInput, goals: readonly GoalEvidence[], { significant, guardrails }: Standing, how: string): Verdict {
  const missing = missingUnits(input, significant.some(bettered), guardrails);
  const open = guardrails.filter(({ verdict }) => verdict === 'undecided').map(describeGuardrail);
  const headline = significant.some(bettered)
    ? 'A goal succeeded, but not every guardrail is shown to be within its margin.'
    : `No effect on a goal is shown yet, by ${how}.`;
  const problems = goals.flatMap(({ problem }) => problem ?? []);
  return {
    action: 'continue',
    unitsNeeded: missing.units,
    reasons: [...problems, headline, describeMissing(missing), ...goals.map(describeGoal), ...open],
  };
}

export function sequentialVerdict(input: DecisionInput, goals: readonly GoalEvidence[], guardrails: readonly GuardrailEvidence[]): Verdict {
  const passes = holmPasses(
    goals.map(({ sequentialPValue }) => sequentialPValue),
    input.alpha,
    (position, level) => goalTest(input, goals[position], input.goals[position]?.pair, level),
  );
  const standing = { significant: goals.filter((_, i) => passes[i]), guardrails };
  const how = testName(input);
  return tooFew(input, goals) ?? harmed(standing, how) ?? succeeded(standing, how) ?? undecided(input, goals, standing, how);
}
