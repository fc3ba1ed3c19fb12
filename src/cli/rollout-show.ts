/** How `impact rollout` shows rollouts. */
import { ImpactError } from '../domain/errors.ts';
import type { Gate } from '../domain/rollout/gates.ts';
import type { RecordedStep } from '../domain/rollout/step.ts';
import { isOpen, nextStep, placeOf, type RolloutPlan, type RolloutStatus } from '../domain/rollout.ts';
import type { Rollout } from '../query/rollouts.ts';
import type { Context } from './context.ts';
import type { Format, Row } from './render.ts';
import { type Said, say, sayRows } from './said.ts';
import { type System, withSystem } from './system.ts';

const DAY_MS = 86_400_000;

const minute = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
const spans: readonly [from: number, unit: number, name: string][] = [
  [2 * DAY_MS, DAY_MS, 'days'],
  [2 * 3_600_000, 3_600_000, 'h'],
  [2 * 60_000, 60_000, 'min'],
  [0, 1000, 's'],
];

/** "3.5 days", "26 h", "5 min", "12 s". */
export function spanText(ms: number): string {
  const [, unit, name] = spans.find(([from]) => ms >= from) ?? [0, 1000, 's'];
  return `${Number((Math.max(0, ms) / unit).toFixed(name === 'days' ? 1 : 0))} ${name}`;
}
const plainly = (word: string): string => word.replaceAll('_', ' ');

const read = <T>(context: Context, work: (rollouts: System['rollouts']) => Promise<T>): Promise<T> =>
  withSystem(context, ({ rollouts }) => work(rollouts));

/** Stages that lie behind, [the present one], and those that are to come. */
function pathText(plan: RolloutPlan, { stage }: Rollout['state']): string {
  const place = placeOf(plan, stage);
  const names = plan.steps.map((step, i) => (i === place ? `[${step.stage}]` : step.stage));
  return place < 0 ? `[${stage}] → ${names.join(' → ')}` : names.join(' → ');
}

const gateLine = ({ gate, met, says }: Gate): string => `  ${met ? '✓' : '✗'} ${plainly(gate).padEnd(18)} ${says}`;

function gatesText({ plan, state, evaluation }: Rollout): string[] {
  const next = nextStep(plan, state.stage);
  if (next === null || evaluation === null) return [];
  const heading = `before ${next.stage}, as of ${minute(evaluation.at)} UTC:`;
  return [heading, ...(evaluation.gates.length === 0 ? ['  nothing is asked for'] : evaluation.gates.map(gateLine))];
}

const SILENCE_MS = 600_000;

/** Nobody moves a plan that nobody looks at. */
function silenceText({ state, evaluation, updatedAt }: Rollout, now: number): string[] {
  const lookedAt = Math.max(evaluation?.at ?? 0, updatedAt.getTime());
  return isOpen(state) && now - lookedAt > SILENCE_MS ? ['warning nobody looks at it: `impact run rollout` does'] : [];
}

/** A rollout in a few lines. @param now milliseconds since 1970 */
export function rolloutText(rollout: Rollout, now: number): string {
  const { flagId, plan, state, version, run } = rollout;
  const { status, stage, enteredAt, pending, rollback, reason } = state;
  const cause = rollback === null ? '' : ` (${plainly(rollback)})`;
  return [
    `${flagId}: ${plainly(status)}${cause} at ${stage}, for ${spanText(now - enteredAt)}; run ${run}, version ${version}`,
    `path    ${pathText(plan, state)}`,
    `plan    ${plan.approval} approval, policy ${plan.policy}, by ${plan.metrics.join(', ') || 'no metric'}`,
    `reason  ${reason}`,
    ...(pending === null ? [] : [`pending the flag is to go to ${pending.to}; it is changed as soon as Redis answers`]),
    ...gatesText(rollout),
    ...silenceText(rollout, now),
  ].join('\n');
}

export function sayRollout(context: Context, rollout: Rollout, output: Said): void {
  say(context, output, rolloutText(rollout, context.now()), rollout);
}

const missing = (flag: string): ImpactError =>
  new ImpactError('not_found', `there is no rollout of a flag ${flag}; \`impact rollout list\` shows those that there are`);

export async function showRollout(context: Context, flag: string, output: Said): Promise<void> {
  const rollout = await read(context, (rollouts) => rollouts.get(flag));
  if (rollout === null) throw missing(flag);
  sayRollout(context, rollout, output);
}

const rowOf = ({ flagId, plan, state, evaluation, version, updatedAt }: Rollout): Row => ({
  flag: flagId,
  status: plainly(state.status),
  stage: state.stage,
  next: nextStep(plan, state.stage)?.stage ?? '',
  approval: plan.approval,
  missing: evaluation?.gates.flatMap(({ gate, met }) => (met ? [] : plainly(gate))).join(', ') ?? '',
  version,
  updated: minute(updatedAt.getTime()),
});

export async function listRollouts(context: Context, options: { status?: RolloutStatus; output: Format }): Promise<void> {
  const { status, output } = options;
  const found = await read(context, (rollouts) => rollouts.list(status === undefined ? undefined : [status]));
  sayRows(context, output === 'json' ? found : found.map(rowOf), output);
}

const stepRow = ({ version, madeAt, kind, from, to, by, outcome, reason }: RecordedStep): Row => ({
  version,
  at: minute(madeAt),
  step: plainly(kind),
  stage: from === to ? to : `${from} → ${to}`,
  by,
  outcome,
  reason,
});

export async function showSteps(context: Context, flag: string, output: Format): Promise<void> {
  const steps = await read(context, (rollouts) => rollouts.history(flag));
  if (steps.length === 0) throw missing(flag);
  sayRows(context, output === 'json' ? steps : steps.map(stepRow), output);
}
