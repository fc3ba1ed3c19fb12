/**
 * The safety clock of a rollout: tests of harm that may be looked at after every outcome, one for each guardrail. A fold over outcomes into
 * plain data, and a judgement of that data; who keeps the state, and when it is judged, is not decided here.
 *
 * alpha is split over the guardrails by their weights, so that a harmless rollout is rolled back with probability alpha at most. Within a
 * guardrail the comparison with control gets the most of it: a value far over its hard limit is shown to be so with little.
 */
import type { Better, Margin } from '../stats/margin.ts';
import { initialMeanGuard, type MeanGuardState, observeValues } from '../stats/mean-guard.ts';
import { type ArmName, defaultSafeTest, initialSafeTest, observeOutcomes, type SafeTest, type SafeTestState } from '../stats/safe-test.ts';

export type Guardrail = {
  /** Unique in the plan; mostly the metric's name. */
  id: string;
  /** `rate`: independent yes/no outcomes, value 1 or 0 (errors, churn). `mean`: any value, any number of them a unit (latency, satisfaction, revenue). */
  kind: 'rate' | 'mean';
  better: Better;
  /** How much worse than control it may be; null: it is not compared with control. */
  margin: Margin | null;
  /** A rate or a mean that treatment may never be beyond; null: none. */
  limit: number | null;
  /** Its part of alpha, relative to the others. */
  weight: number;
};

export type GuardPlan = {
  /** Probability that a harmless rollout is ever rolled back. */
  alpha: number;
  guardrails: readonly Guardrail[];
  /** Buckets of units for means. */
  buckets: number;
  /** Values of both arms at which means are judged most sharply. */
  tuningUnits: number;
};

export type RailState = { rate: SafeTestState } | { mean: MeanGuardState };
/** Plain data, by guardrail: to be written to a changelog and read back. */
export type GuardState = Readonly<Record<string, RailState>>;

/** `n` outcomes that sum to `sum`, of one unit's bucket (`bucketOfUnit`). For a rate `sum` counts those with value 1. */
export type Outcome = { guardrail: string; stage: string; arm: ArmName; bucket: number; n: number; sum: number };

/** A rate's test looks for too many bad outcomes: of churned ones, or of those that did not convert. */
const safeTestOf = ({ margin }: Guardrail): SafeTest => ({ ...defaultSafeTest, margin: margin ?? defaultSafeTest.margin });

const railOf = (guardrail: Guardrail): RailState =>
  guardrail.kind === 'rate' ? { rate: initialSafeTest(safeTestOf(guardrail)) } : { mean: initialMeanGuard };

export const initialGuard = ({ guardrails }: GuardPlan): GuardState =>
  Object.fromEntries(guardrails.map((guardrail) => [guardrail.id, railOf(guardrail)]));

function observeRail(plan: GuardPlan, guardrail: Guardrail, rail: RailState, { stage, arm, bucket, n, sum }: Outcome): RailState {
  if ('mean' in rail) return { mean: observeValues(rail.mean, plan.buckets, { stage, arm, bucket, n, sum }) };
  const events = guardrail.better === 'lower' ? sum : n - sum;
  return { rate: observeOutcomes(safeTestOf(guardrail), rail.rate, { stage, arm, n, events }) };
}

/** Takes in one outcome. An outcome of no guardrail of the plan changes nothing. */
export function observeGuard(plan: GuardPlan, state: GuardState, outcome: Outcome): GuardState {
  const guardrail = plan.guardrails.find(({ id }) => id === outcome.guardrail);
  if (guardrail === undefined) return state;
  const rail = state[guardrail.id] ?? railOf(guardrail);
  return { ...state, [guardrail.id]: observeRail(plan, guardrail, rail, outcome) };
}
