/** Moves of a rollout: what the plan does by itself, what people tell it to do, and what others did to its flag. All are data; nothing happens here. */
import type { RolloutStage } from '../flags/stage.ts';
import { isPercentageStage } from '../flags/stage.ts';
import {
  isOpen,
  type PendingChange,
  placeOf,
  type RollbackReason,
  type RolloutPlan,
  type RolloutState,
  type StepKind,
} from '../rollout.ts';
import type { Gate } from './gates.ts';

/** From one state to the next, with what the audit says of it. */
export type Move = {
  readonly kind: StepKind;
  readonly state: RolloutState;
  readonly from: RolloutStage;
  readonly to: RolloutStage;
  readonly reason: string;
  readonly gates: readonly Gate[];
};

type Why = { readonly reason: string; readonly gates?: readonly Gate[] };

function move(kind: StepKind, from: RolloutState, changes: Partial<RolloutState>, { reason, gates = [] }: Why, to = from.stage): Move {
  return { kind, state: { ...from, ...changes, reason }, from: from.stage, to, reason, gates };
}

/** `step`: the rollout's version that the move makes. The flag itself follows, and may turn out to have been changed by others meanwhile. */
const wish = (to: RolloutStage, { flagVersion }: RolloutState, step: number): PendingChange => ({ to, flagVersion, step });

/** A further stage, or the first one. */
export function towards(state: RolloutState, to: RolloutStage, kind: 'started' | 'advanced' | 'forced', why: Why, step: number): Move {
  return move(kind, state, { status: 'running', pending: wish(to, state, step), rollback: null }, why, to);
}

/** The flag is where the plan begins already. @param now milliseconds since 1970 */
export function fromHere(plan: RolloutPlan, state: RolloutState, why: Why, now: number): Move {
  const rampedAt = isPercentageStage(state.stage) ? now : null;
  const running = { status: 'running', enteredAt: now, patientFrom: now, rampedAt, rollback: null } as const;
  const done = placeOf(plan, state.stage) === plan.steps.length - 1;
  return move(done ? 'completed' : 'started', state, done ? { ...running, status: 'complete' } : running, why);
}

export const askApproval = (state: RolloutState, why: Why): Move => move('approval_asked', state, { status: 'waiting_for_approval' }, why);
export const withdrawApproval = (state: RolloutState, why: Why): Move => move('approval_withdrawn', state, { status: 'running' }, why);
export const pause = (state: RolloutState, why: Why): Move => move('paused', state, { status: 'paused' }, why);
export const resume = (state: RolloutState, why: Why, now: number): Move =>
  move('resumed', state, { status: 'running', patientFrom: now }, why);

/** Back to nobody: who is on a list is harmed as well. */
export function rollBack(state: RolloutState, cause: RollbackReason, why: Why, step: number): Move {
  const pending = state.stage === 'disabled' ? null : wish('disabled', state, step);
  return move('rolled_back', state, { status: 'rolled_back', rollback: cause, pending }, why, 'disabled');
}

/** What became of the flag since the plan saw it last. Null: it was deleted. */
export type SeenFlag = { readonly stage: RolloutStage; readonly version: number; readonly archived: boolean } | null;
/** Who changed its stage last: `cause` where the guard did. `at` in milliseconds since 1970. */
export type Mover = { readonly by: string; readonly reason: string; readonly cause: RollbackReason | null; readonly at: number };

/** The experiment begins with the first percentage, whoever gave it. */
const rampOf = ({ rampedAt }: RolloutState, stage: RolloutStage, at: number): number | null =>
  rampedAt ?? (isPercentageStage(stage) ? at : null);

function followed(plan: RolloutPlan, state: RolloutState, flag: NonNullable<SeenFlag>, { by, reason, cause, at }: Mover): Move {
  const backwards = !isPercentageStage(flag.stage) && placeOf(plan, flag.stage) < placeOf(plan, state.stage);
  const rampedAt = rampOf(state, flag.stage, at);
  const seen = { stage: flag.stage, flagVersion: flag.version, enteredAt: at, patientFrom: at, rampedAt };
  const why = { reason: `${by} changed the flag from ${state.stage} to ${flag.stage}: ${reason}` };
  if (cause !== null || backwards)
    return move('rolled_back', state, { ...seen, status: 'rolled_back', rollback: cause ?? 'manual' }, why, flag.stage);
  return move('paused', state, { ...seen, status: 'paused' }, why, flag.stage);
}

/**
 * The plan gives way to whoever changes its flag: it is over when the feature was taken back, else it pauses until somebody says that it is to go on.
 * @param mover null: nobody has changed the stage
 * @returns null where nothing concerns the plan; only the version is another, `state.flagVersion` may follow it
 */
export function follow(plan: RolloutPlan, state: RolloutState, flag: SeenFlag, mover: Mover | null): Move | null {
  if (!isOpen(state) || state.pending !== null) return null;
  const off = { status: 'rolled_back', rollback: 'manual', stage: 'disabled' } as const;
  if (flag === null) return move('rolled_back', state, off, { reason: 'the flag was deleted' }, 'disabled');
  if (mover !== null) return followed(plan, state, flag, mover);
  if (flag.archived && state.status !== 'paused')
    return move('paused', state, { status: 'paused', flagVersion: flag.version }, { reason: 'the flag was archived' });
  return null;
}

/** What came of a pending change: `at` when the flag was changed, or null when others were quicker. */
export type Settlement = { readonly version: number; readonly at: number } | null;

/** The state once the pending change is known to have happened, or to have been overtaken; then `follow` sees by whom. */
export function settle(plan: RolloutPlan, state: RolloutState, settlement: Settlement): RolloutState {
  const { pending } = state;
  if (pending === null) return state;
  // A feature that others have switched off meanwhile is as far back as it was to go.
  if (settlement === null) return { ...state, pending: null, stage: state.status === 'rolled_back' ? pending.to : state.stage };
  const { version, at } = settlement;
  const here = { stage: pending.to, flagVersion: version, enteredAt: at, patientFrom: at, pending: null };
  if (state.status === 'rolled_back') return { ...state, ...here };
  const rampedAt = rampOf(state, pending.to, at);
  const last = placeOf(plan, pending.to) === plan.steps.length - 1;
  return { ...state, ...here, rampedAt, status: last ? 'complete' : 'running' };
}
