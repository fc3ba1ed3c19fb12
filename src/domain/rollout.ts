/** A rollout plan: over which stages a feature goes to everybody, and what must hold before each of them. */
import type { PolicyName } from './decision.ts';
import type { RolloutStage } from './flags/stage.ts';

/** What a step may ask for besides time and sample. */
export const gateNames = ['roi_positive', 'significance', 'metrics_stable', 'roi_meets_target'] as const;
export type GateName = (typeof gateNames)[number];

/** Who says yes once everything that a step asks for is there. */
export const approvals = ['manual', 'automatic'] as const;
export type Approval = (typeof approvals)[number];

export type RolloutStep = {
  readonly stage: RolloutStage;
  /** Must hold before this stage is entered. */
  readonly gates: readonly GateName[];
  /** Days at this stage before the next one. */
  readonly minimumDays: number;
  /** After so many days at this stage without going on, the plan pauses and asks people; null: it waits for ever. */
  readonly maximumDays: number | null;
  /** Units that each arm must have before the next stage; counts at percentage stages only. */
  readonly minimumUnitsPerArm: number;
};

export type RolloutPlan = {
  readonly flagId: string;
  /** The feature that events of the flag name. */
  readonly featureId: string;
  readonly approval: Approval;
  /** How the experiment is judged. */
  readonly policy: PolicyName;
  /** Error probability of the gate `significance`. */
  readonly alpha: number;
  /** Goals, as `impact experiments run --metric` reads them. */
  readonly metrics: readonly string[];
  /** Metrics that must not become worse than a margin: name, or name@percent. The goals are among them by themselves. */
  readonly guardrails: readonly string[];
  /** In the order of the stages, each at most once. */
  readonly steps: readonly RolloutStep[];
};

export const statuses = ['planned', 'running', 'waiting_for_approval', 'paused', 'rolled_back', 'complete'] as const;
export type RolloutStatus = (typeof statuses)[number];

/** Why a rollout was taken back. */
export const rollbackReasons = ['error_rate_spike', 'latency_spike', 'business_metric_drop', 'manual'] as const;
export type RollbackReason = (typeof rollbackReasons)[number];

/** A change of the flag that is decided and recorded; it stands here until it is known to have happened, or to have been overtaken. */
export type PendingChange = {
  readonly to: RolloutStage;
  /** The flag's version that the decision was based on. */
  readonly flagVersion: number;
  /** The rollout's version that decided it: with the flag's id, the name of the step. */
  readonly step: number;
};

/** Times in milliseconds since 1970. */
export type RolloutState = {
  readonly status: RolloutStatus;
  /** Why it is so, for people. */
  readonly reason: string;
  /** The flag as the plan has seen it last. */
  readonly stage: RolloutStage;
  readonly flagVersion: number;
  /** When this stage was entered. */
  readonly enteredAt: number;
  /** When this run first gave a percentage of the units the feature: its experiment begins there. */
  readonly rampedAt: number | null;
  /** From here on `maximumDays` counts: entering a stage, or going on after a pause. */
  readonly patientFrom: number;
  readonly pending: PendingChange | null;
  readonly rollback: RollbackReason | null;
};

/** The steps that the audit knows. */
export const stepKinds = [
  'planned',
  'started',
  'advanced',
  'forced',
  'approval_asked',
  'approval_withdrawn',
  'paused',
  'resumed',
  'rolled_back',
  'completed',
] as const;
export type StepKind = (typeof stepKinds)[number];

export const isOpen = ({ status }: Pick<RolloutState, 'status'>): boolean =>
  status === 'running' || status === 'waiting_for_approval' || status === 'paused';

/** The place of a stage in the plan; -1 where the plan does not have it, as `disabled`. */
export const placeOf = ({ steps }: RolloutPlan, stage: RolloutStage): number => steps.findIndex((step) => step.stage === stage);

/** The step after this stage; null at the end, and where the plan does not have the stage but it is not before its first step. */
export function nextStep(plan: RolloutPlan, stage: RolloutStage): RolloutStep | null {
  const place = placeOf(plan, stage);
  if (place >= 0) return plan.steps[place + 1] ?? null;
  return stage === 'disabled' ? (plan.steps[0] ?? null) : null;
}
