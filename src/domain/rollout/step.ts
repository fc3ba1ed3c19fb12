/** A step of a rollout as the audit has it, and as it is told on the topic of flag changes. */
import type { Author, FlagChange } from '../flags/change.ts';
import { isPlainObject, type Json } from '../flags/json.ts';
import type { RolloutStage } from '../flags/stage.ts';
import type { RollbackReason, StepKind } from '../rollout.ts';
import type { RolloutEvidence } from './evidence.ts';
import type { Gate } from './gates.ts';
import type { Mover } from './move.ts';

/** Of the change of the flag that a step asks for; `done` where it asks for none. */
export const outcomes = ['done', 'pending', 'overtaken'] as const;

/** `version`: of the rollout, that this step made. `madeAt` in milliseconds since 1970. */
export type RecordedStep = {
  readonly flagId: string;
  readonly id: string;
  readonly run: number;
  readonly version: number;
  readonly kind: StepKind;
  readonly from: RolloutStage;
  readonly to: RolloutStage;
  readonly by: string;
  readonly reason: string;
  readonly gates: readonly Gate[];
  readonly evidence: RolloutEvidence | null;
  readonly outcome: (typeof outcomes)[number];
  readonly flagVersion: number;
  readonly madeAt: number;
};
export type ToldStep = RecordedStep & { readonly featureId: string };

const evidenceOf = ({ run, version, kind, gates, evidence }: RecordedStep): Json =>
  ({ rollout: { run, step: version, kind }, gates, ...evidence }) as unknown as Json;

const MOST_REASON = 500;

/** Who changes the flag for a step, why, and on what evidence; the evidence names the step, so that its change is known again. */
export const authorOf = (step: RecordedStep): Author => ({
  by: step.by,
  reason: step.reason.slice(0, MOST_REASON),
  evidence: evidenceOf(step),
});

/** Whether a change of the flag is that of this step. A rollout's versions go on over its runs, so the number is enough. */
export function isOfStep({ evidence }: FlagChange, step: number): boolean {
  const rollout = isPlainObject(evidence) ? evidence['rollout'] : null;
  return isPlainObject(rollout) && rollout['step'] === step;
}

/** A step that leaves the flag as it is, as a record of `schemas/avro/flag-change.avsc`. */
export function stepRecord(step: ToldStep): Record<string, unknown> {
  const { id, flagId, featureId, flagVersion, kind, madeAt, by, reason, to } = step;
  return {
    changeId: id,
    flagId,
    featureId,
    version: flagVersion,
    kind: `rollout_${kind}`,
    occurredAt: madeAt,
    by,
    reason,
    evidence: JSON.stringify(evidenceOf(step)),
    stageBefore: to,
    stageAfter: to,
    before: null,
    after: null,
  };
}

/** The guard's reasons, as it tells them in its evidence. */
const guardReasons: Readonly<Record<string, RollbackReason>> = {
  'error-rate spike': 'error_rate_spike',
  'latency spike': 'latency_spike',
  'business-metric drop': 'business_metric_drop',
};

function causeOf({ evidence }: FlagChange): RollbackReason | null {
  if (!isPlainObject(evidence) || evidence['rollbackId'] === undefined) return null;
  return guardReasons[String(evidence['reason'])] ?? 'manual';
}

/** Who changed the stage last among these changes, the last one first; null: nobody did. */
export function moverOf(changes: readonly FlagChange[]): Mover | null {
  const change = changes.find(({ before, after }) => before?.stage !== after?.stage);
  if (change === undefined) return null;
  return { by: change.by, reason: change.reason, cause: causeOf(change), at: change.occurredAt };
}
