/** Judges a rollout by its policy. */
import { type DecisionInput, policyVersions, type Recommendation, type Verdict } from '../decision.ts';
import { classicVerdict } from './classic.ts';
import { goalsEvidence, guardrailsEvidence } from './evidence.ts';
import { judgeGate } from './gate.ts';
import { sequentialVerdict } from './sequential.ts';
import { describeGoal } from './words.ts';

function verdictOf(input: DecisionInput, goals: Recommendation['goals'], guardrails: Recommendation['guardrails']): Verdict {
  switch (input.policy) {
    case 'classic':
      return classicVerdict(input, goals);
    case 'sequential':
      return sequentialVerdict(input, goals, guardrails);
    default:
      return input.policy satisfies never;
  }
}

/** The recommendation with all its evidence. */
export function recommend(input: DecisionInput): Recommendation {
  const { policy, stage, alpha } = input;
  const goals = goalsEvidence(input);
  const guardrails = guardrailsEvidence(input.guardrails, input);
  const { sampleRatioPValue, closed } = judgeGate(input);
  const withheld = { action: 'continue', unitsNeeded: null, reasons: [closed ?? '', ...goals.map(describeGoal)] } as const;
  const verdict = closed === null ? verdictOf(input, goals, guardrails) : withheld;
  const context = { withheld: closed !== null, policy, policyVersion: policyVersions[policy], stage, alpha };
  return { ...context, ...verdict, goals, guardrails, sampleRatioPValue };
}
