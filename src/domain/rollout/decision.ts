/** What a rollout does by itself, given its evidence: go on, ask, wait, pause, or go back. One stage at a time, and never with a gate missing. */
import { nextStep, placeOf, type RollbackReason } from '../rollout.ts';
import { describeGates, type Gate, gatesBefore, missingOf, type Situation } from './gates.ts';
import { askApproval, type Move, pause, rollBack, towards, withdrawApproval } from './move.ts';

/** `move` null: nothing to do now. `gates`: what stands before the next stage, met and missing. */
export type Decision = { readonly move: Move | null; readonly gates: readonly Gate[]; readonly says: string };

const DAY_MS = 86_400_000;

/** The experiment itself asks to go back. The guard is quicker as a rule; this also hears goals that it does not test. */
function harm({ evidence: { experiment } }: Situation): { cause: RollbackReason; reason: string } | null {
  if (experiment === null || experiment.withheld || experiment.action !== 'rollback') return null;
  const reason = experiment.reasons[0] ?? 'the experiment shows harm';
  if (/request_error/.test(reason)) return { cause: 'error_rate_spike', reason };
  return { cause: /latency/.test(reason) ? 'latency_spike' : 'business_metric_drop', reason };
}

/** The stage has lasted as long as it may, and still something is missing. */
function overdue({ plan, state, now }: Situation): boolean {
  const maximum = plan.steps[placeOf(plan, state.stage)]?.maximumDays ?? null;
  return maximum !== null && now - state.patientFrom >= maximum * DAY_MS;
}

function whileMissing(situation: Situation, gates: readonly Gate[], missing: readonly Gate[]): Decision {
  const { state } = situation;
  const says = `Missing: ${describeGates(missing)}`;
  if (state.status === 'waiting_for_approval') return { move: withdrawApproval(state, { reason: says, gates }), gates, says };
  if (state.status === 'running' && overdue(situation))
    return { move: pause(state, { reason: `${state.stage} has lasted as long as it may. ${says}`, gates }), gates, says };
  return { move: null, gates, says };
}

function whenMet(situation: Situation, gates: readonly Gate[], step: number): Decision {
  const { plan, state } = situation;
  const next = nextStep(plan, state.stage);
  const says = gates.length === 0 ? 'Nothing is asked for.' : `Met: ${describeGates(gates)}`;
  if (next === null || state.status !== 'running') return { move: null, gates, says };
  if (plan.approval === 'manual') return { move: askApproval(state, { reason: `Ready for ${next.stage}. ${says}`, gates }), gates, says };
  return { move: towards(state, next.stage, 'advanced', { reason: says, gates }, step), gates, says };
}

/**
 * @param step the rollout's version that a move would make
 * @returns what to do now, by itself; `move` is null for a rollout that is not under way, is paused, or has a change pending
 */
export function decideRollout(situation: Situation, step: number): Decision {
  const { plan, state } = situation;
  const next = nextStep(plan, state.stage);
  const gates = next === null ? [] : gatesBefore(next, situation);
  const missing = missingOf(gates);
  const idle = state.pending !== null || (state.status !== 'running' && state.status !== 'waiting_for_approval');
  const harmed = idle ? null : harm(situation);
  if (harmed !== null) {
    const why = { reason: harmed.reason, gates };
    // Who asked to be asked is asked here as well; the guard goes back without asking.
    return { move: plan.approval === 'manual' ? pause(state, why) : rollBack(state, harmed.cause, why, step), gates, says: harmed.reason };
  }
  if (idle || next === null) return { move: null, gates, says: missing.length > 0 ? `Missing: ${describeGates(missing)}` : state.reason };
  return missing.length > 0 ? whileMissing(situation, gates, missing) : whenMet(situation, gates, step);
}
