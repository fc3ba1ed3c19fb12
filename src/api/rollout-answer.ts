/** What the rollout routes have in common: how a rollout and its steps are shown. */
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { policies } from '../domain/decision.ts';
import { rolloutStages } from '../domain/fields.ts';
import { outcomes, type RecordedStep } from '../domain/rollout/step.ts';
import { approvals, gateNames, rollbackReasons, statuses, stepKinds } from '../domain/rollout.ts';
import type { Rollout } from '../query/rollouts.ts';
import { FlagId } from './flags/answer.ts';
import { instant, nullable } from './schemas.ts';

const Stage = Type.Enum(rolloutStages);
const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true });

const Gate = Type.Object({
  gate: Type.String({ examples: ['significance'] }),
  met: Type.Boolean(),
  figures: Type.Unsafe<Record<string, unknown>>({ ...AnyObject, description: 'What it goes by' }),
  says: Type.String({ description: 'The same for people' }),
});

const Step = Type.Object({
  stage: Stage,
  gates: Type.Array(Type.Enum(gateNames), { description: 'Before it is entered' }),
  minimumDays: Type.Number(),
  maximumDays: nullable(Type.Number({ description: 'Then the plan pauses and asks people' })),
  minimumUnitsPerArm: Type.Number(),
});

const Plan = Type.Object({
  flagId: FlagId,
  featureId: Type.String(),
  approval: Type.Enum(approvals),
  policy: Type.Enum([...policies]),
  alpha: Type.Number(),
  metrics: Type.Array(Type.String()),
  guardrails: Type.Array(Type.String()),
  steps: Type.Array(Step),
});

const Evaluation = Type.Object({ gates: Type.Array(Gate), says: Type.String(), evidence: AnyObject, at: instant() });
const Pending = Type.Object({ to: Stage, flagVersion: Type.Integer(), step: Type.Integer() });

/** A rollout in answers. */
export const Shown = Type.Object({
  flagId: FlagId,
  version: Type.Integer({ description: 'Of the rollout; its ETag' }),
  run: Type.Integer({ description: 'How often a rollout of the flag was planned' }),
  status: Type.Enum(statuses),
  reason: Type.String({ description: 'Why it is so' }),
  stage: Stage,
  enteredAt: instant('When this stage was entered'),
  pending: nullable(Type.Object(Pending.properties, { description: 'A change of the flag that is decided, and not yet in force' })),
  rollback: nullable(Type.Enum(rollbackReasons)),
  plan: Plan,
  evaluation: nullable(Type.Object(Evaluation.properties, { description: 'The gates before the next stage, as they were found last' })),
  createdAt: instant(),
  updatedAt: instant(),
});

export type RolloutShown = Static<typeof Shown>;

export const ShownStep = Type.Object({
  id: Type.String({ format: 'uuid' }),
  run: Type.Integer(),
  version: Type.Integer({ description: 'Of the rollout, that this step made' }),
  kind: Type.Enum(stepKinds),
  from: Stage,
  to: Stage,
  by: Type.String(),
  reason: Type.String(),
  gates: Type.Array(Gate),
  evidence: nullable(AnyObject),
  outcome: Type.Enum(outcomes, { description: 'Of the change of the flag; done where none was asked for' }),
  flagVersion: Type.Integer(),
  madeAt: instant(),
});
export type RolloutStepShown = Static<typeof ShownStep>;

/** A plan in requests. Checked by `parseRolloutPlan`, which answers with every fault at once. */
export const PlanDocument = Type.Unsafe<Record<string, unknown> & { flagId: string }>({
  type: 'object',
  properties: { flagId: FlagId },
  required: ['flagId'],
  additionalProperties: true,
  description: 'Fields of a plan; what is left out follows the product’s guide. `flagId` says whose rollout it is',
  examples: [
    {
      flagId: 'ai_coaching',
      approval: 'automatic',
      metrics: ['productivity_score'],
      steps: ['internal', { stage: 'beta_10', minimumDays: 7 }, { stage: 'beta_50', gates: ['roi_positive', 'significance'] }, 'ga'],
    },
  ],
});

const iso = (ms: number): string => new Date(ms).toISOString();

export function shownRollout({ flagId, version, run, plan, state, evaluation, createdAt, updatedAt }: Rollout): Static<typeof Shown> {
  const { status, reason, stage, enteredAt, pending, rollback } = state;
  return {
    flagId,
    version,
    run,
    status,
    reason,
    stage,
    enteredAt: iso(enteredAt),
    pending,
    rollback,
    plan: plan as unknown as Static<typeof Plan>,
    evaluation: evaluation && ({ ...evaluation, at: iso(evaluation.at) } as unknown as Static<typeof Evaluation>),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** The rollout, its version as its ETag. */
export function answerRollout(reply: FastifyReply, rollout: Rollout): Static<typeof Shown> {
  reply.header('etag', `"${rollout.version}"`);
  return shownRollout(rollout);
}

export const shownStep = ({ madeAt, flagId: _, ...step }: RecordedStep): Static<typeof ShownStep> =>
  ({ ...step, madeAt: iso(madeAt) }) as unknown as Static<typeof ShownStep>;
