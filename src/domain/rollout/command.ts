/** What people tell a rollout to do, and why it may refuse. */
import { ImpactError } from '../errors.ts';
import { isOpen, nextStep, placeOf, type RollbackReason, type RolloutState, type RolloutStep } from '../rollout.ts';
import { describeGates, type Gate, gatesBefore, missingOf, type Situation } from './gates.ts';
import { fromHere, type Move, pause, resume, rollBack, towards } from './move.ts';

/** `force` goes on although a gate is missing; the audit says so, and which. */
export type RolloutCommand =
  | { readonly kind: 'start' | 'approve' | 'pause' | 'resume' }
  | { readonly kind: 'advance'; readonly force: boolean }
  | { readonly kind: 'rollback'; readonly cause: RollbackReason };

const words: Readonly<Record<RolloutState['status'], string>> = {
  planned: 'planned, and not started',
  running: 'running',
  waiting_for_approval: 'waiting for approval',
  paused: 'paused',
  rolled_back: 'rolled back',
  complete: 'complete',
};

function refuse({ plan, state }: Situation, what: string): never {
  throw new ImpactError('conflict', `the rollout of ${plan.flagId} is ${words[state.status]}: ${what}`);
}

const refused = (gates: readonly Gate[]): ImpactError =>
  new ImpactError('unprocessable', 'gates are missing', {
    problems: gates.map(({ gate, says }) => ({ field: gate, value: says, expected: 'met, or the step forced with a reason' })),
  });

function requireNext(situation: Situation): RolloutStep {
  const { plan, state } = situation;
  return nextStep(plan, state.stage) ?? refuse(situation, `there is no stage after ${state.stage} in its plan`);
}

function start(situation: Situation, reason: string, step: number): Move {
  const { plan, state, now } = situation;
  if (state.status !== 'planned') refuse(situation, 'plan it again to start it again');
  if (placeOf(plan, state.stage) >= 0) return fromHere(plan, state, { reason }, now);
  if (state.stage !== 'disabled') refuse(situation, `the flag is at ${state.stage}, which the plan does not have`);
  return towards(state, requireNext(situation).stage, 'started', { reason }, step);
}

function goOn(situation: Situation, force: boolean, reason: string, step: number): Move {
  const { state } = situation;
  if (state.status !== 'running' && state.status !== 'waiting_for_approval')
    refuse(situation, state.status === 'paused' ? 'resume it first' : 'it does not go on');
  const next = requireNext(situation);
  const gates = gatesBefore(next, situation);
  const missing = missingOf(gates);
  if (missing.length > 0 && !force) throw refused(missing);
  const forced = missing.length > 0;
  const said = forced ? `${reason} (missing: ${describeGates(missing)})` : reason;
  return towards(state, next.stage, forced ? 'forced' : 'advanced', { reason: said, gates }, step);
}

function approve(situation: Situation, reason: string, step: number): Move {
  if (situation.state.status !== 'waiting_for_approval') refuse(situation, 'it asks for no approval');
  return goOn(situation, false, reason, step);
}

function unpause(situation: Situation, reason: string): Move {
  const { plan, state, now } = situation;
  if (state.status !== 'paused') refuse(situation, 'it cannot be resumed');
  if (placeOf(plan, state.stage) < 0) refuse(situation, `the flag is at ${state.stage}, which the plan does not have`);
  return resume(state, { reason }, now);
}

/**
 * @param step the rollout's version that the move makes
 * @throws ImpactError `conflict` when the rollout is not in a state for it, `unprocessable` with every gate that is missing
 */
export function obey(situation: Situation, command: RolloutCommand, reason: string, step: number): Move {
  const { state } = situation;
  switch (command.kind) {
    case 'start':
      return start(situation, reason, step);
    case 'advance':
      return goOn(situation, command.force, reason, step);
    case 'approve':
      return approve(situation, reason, step);
    case 'resume':
      return unpause(situation, reason);
    case 'pause':
      return isOpen(state) && state.status !== 'paused' ? pause(state, { reason }) : refuse(situation, 'it cannot be paused');
    case 'rollback':
      return isOpen(state) ? rollBack(state, command.cause, { reason }, step) : refuse(situation, 'there is nothing to roll back');
    default:
      return command satisfies never;
  }
}
