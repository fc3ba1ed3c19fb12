/** What is asked and answered when a rollout is judged. Policies are named, and their rules never change under a version. */
import type { Interval } from './stats/comparison.ts';
import type { Better, Margin } from './stats/margin.ts';
import type { Pair } from './stats/pair.ts';
import type { Split } from './stats/sample-ratio.ts';
import type { Spending } from './stats/spending.ts';

export const policies = ['sequential', 'classic'] as const;
export type PolicyName = (typeof policies)[number];

/** Raised when a policy's rules change, so that a stored recommendation can be understood later. */
export const policyVersions: Record<PolicyName, number> = { sequential: 1, classic: 1 };

export const actions = ['roll_forward', 'continue', 'rollback'] as const;
export type Action = (typeof actions)[number];

/** One metric, its units aggregated by arm (and combined over strata). */
export type MetricPair = { metric: string; better: Better; pair: Pair };
/** A metric that must not become worse than its margin. */
export type GuardrailPair = MetricPair & { margin: Margin };

/**
 * Looks that were planned. With `information` (shares of the final information at the looks so far, this one last) the bound is that of this
 * look; with null any of the looks is meant, and the strictest of their bounds holds.
 */
export type Looks = { planned: number; information: readonly number[] | null; spending: Spending };

/** A measured value that rolls back at once when it is over its threshold (classic policy only). Same unit in both. */
export type Trigger = { name: string; value: number; threshold: number; unit: string };

export type DecisionInput = {
  policy: PolicyName;
  /** Error probability of intervals and tests, two-sided for goals. */
  alpha: number;
  /** Units at which confidence sequences are narrowest. */
  tuningUnits: number;
  looks: Looks | null;
  stage: string | null;
  /** Units that each arm must have before anything is recommended. */
  minimumUnits: number;
  /** At least one: success on any (after Holm's correction) counts. The classic policy judges the first. */
  goals: readonly [MetricPair, ...MetricPair[]];
  guardrails: readonly GuardrailPair[];
  /** Units and weights by arm, one for each stage. */
  splits: readonly Split[];
  /** Units that were seen in two variants, of all. */
  crossovers: { units: number; of: number } | null;
  triggers: readonly Trigger[];
};

export type GoalEvidence = {
  metric: string;
  better: Better;
  control: { n: number; mean: number };
  treatment: { n: number; mean: number };
  /** Treatment - control. */
  effect: number;
  /** Fixed-horizon interval and p-value of the difference (Welch): for one planned look. */
  interval: Interval | null;
  pValueOfDifference: number;
  degreesOfFreedom: number | null;
  /** (treatment - control) / control. */
  lift: number | null;
  liftInterval: Interval | null;
  pValueOfLift: number;
  /** Always-valid interval and p-value of the difference. */
  sequentialInterval: Interval | null;
  sequentialPValue: number;
  /** The always-valid p-value after Holm's correction over the goals. */
  adjustedPValue: number;
  /** Why it could not be tested. */
  problem: string | null;
};

export type GuardrailEvidence = {
  metric: string;
  better: Better;
  margin: Margin;
  control: { n: number; mean: number };
  treatment: { n: number; mean: number };
  /** Distance from what the margin bears; above 0 is the good side. Bounds are always valid. Null where nothing varies. */
  distance: number | null;
  lower: number | null;
  upper: number | null;
  verdict: 'not_inferior' | 'undecided' | 'inferior';
};

export type Recommendation = {
  action: Action;
  /** The sample ratio or the assignment is broken: the action is `continue` and says nothing about the feature. */
  withheld: boolean;
  policy: PolicyName;
  policyVersion: number;
  stage: string | null;
  alpha: number;
  goals: readonly GoalEvidence[];
  guardrails: readonly GuardrailEvidence[];
  sampleRatioPValue: number;
  /** About so many more units of both arms are needed; null where no number can be told or none is needed. */
  unitsNeeded: number | null;
  /** Sentences for people, the decisive one first. */
  reasons: readonly string[];
};

/** What a policy answers; the rest of a recommendation is the same for all. */
export type Verdict = { action: Action; unitsNeeded: number | null; reasons: readonly string[] };
