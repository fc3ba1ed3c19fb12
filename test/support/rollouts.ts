/** Rollout plans, states and evidence for tests. */

import type { EffectEvidence, ExperimentEvidence, RolloutEvidence, ValueEvidence } from '../../src/domain/rollout/evidence.ts';
import type { Situation } from '../../src/domain/rollout/gates.ts';
import { parseRolloutPlan } from '../../src/domain/rollout/parse.ts';
import type { RolloutPlan, RolloutState } from '../../src/domain/rollout.ts';
import { definition } from './flags.ts';

export const DAY = 86_400_000;
export const START = Date.UTC(2026, 0, 10);

/** The guide's path for a feature that the product values, unless told otherwise. */
export const planOf = (document: object = {}, flag: object = {}): RolloutPlan =>
  parseRolloutPlan(document, definition({ id: 'ai_coaching', ...flag }));

export const stateAt = (changes: Partial<RolloutState> = {}): RolloutState => ({
  status: 'running',
  reason: 'a test',
  stage: 'beta_10',
  flagVersion: 3,
  enteredAt: START,
  rampedAt: START,
  patientFrom: START,
  pending: null,
  rollback: null,
  ...changes,
});

export const goal = (changes: Partial<EffectEvidence> = {}): EffectEvidence => ({
  metric: 'productivity_score',
  better: 'higher',
  control: { n: 500, mean: 70 },
  treatment: { n: 500, mean: 87 },
  effect: 17,
  interval: [12, 22],
  lift: 17 / 70,
  pValue: 0.001,
  ...changes,
});

export const experiment = (changes: Partial<ExperimentEvidence> = {}): ExperimentEvidence => ({
  policy: 'sequential',
  policyVersion: 1,
  action: 'roll_forward',
  withheld: false,
  units: { control: 500, treatment: 500 },
  goals: [goal()],
  guardrails: [{ metric: 'productivity_score', verdict: 'not_inferior', n: 1000 }],
  reasons: ['Success on a goal.'],
  ...changes,
});

export const value = (changes: Partial<ValueEvidence> = {}): ValueEvidence => ({
  days: 7,
  incrementalUsd: 5000,
  costUsd: 500,
  roiPercent: 900,
  projectedUsdPerYear: 120_000,
  ...changes,
});

/** Everything that any gate may ask for. */
export const convincing: RolloutEvidence = { experiment: experiment(), value: value() };

export const situation = (changes: Partial<Situation> = {}): Situation => ({
  plan: planOf(),
  state: stateAt(),
  evidence: convincing,
  limits: { roiTargetUsd: 60_000, roiTargetPercent: 710 },
  now: START + 8 * DAY,
  ...changes,
});
