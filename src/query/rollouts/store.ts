/**
 * Rollouts at work. A step is recorded with the state that it leads to, then the flag is changed, then it is noted that it was: whoever dies in between
 * leaves it to the next one, and of two that see the same state one makes the step.
 */
import { ImpactError } from '../../domain/errors.ts';
import type { Author } from '../../domain/flags/change.ts';
import type { Flag } from '../../domain/flags/flag.ts';
import { obey, type RolloutCommand } from '../../domain/rollout/command.ts';
import { decideRollout } from '../../domain/rollout/decision.ts';
import { noEvidence, type RolloutEvidence } from '../../domain/rollout/evidence.ts';
import type { GateLimits, Situation } from '../../domain/rollout/gates.ts';
import type { Move } from '../../domain/rollout/move.ts';
import { parseRolloutPlan } from '../../domain/rollout/parse.ts';
import type { RecordedStep } from '../../domain/rollout/step.ts';
import { isOpen, type RolloutState, type RolloutStatus } from '../../domain/rollout.ts';
import {
  becomeStepTeller,
  findRollout,
  listRollouts,
  markStepsTold,
  openRollouts,
  type Rollout,
  recordEvaluation,
  recordStep,
  rolloutHistory,
  untoldSteps,
} from '../rollouts.ts';
import { attended, existing, ROLLOUT, type RolloutDeps, settled, settledSoon } from './attend.ts';

/** `expectedVersion`: the version that a change is based on; null changes whatever there is. */
export type RolloutStore = {
  list(statuses?: readonly RolloutStatus[]): Promise<Rollout[]>;
  get(flagId: string): Promise<Rollout | null>;
  /** Every step of the flag's rollouts, the last one first. */
  history(flagId: string): Promise<RecordedStep[]>;
  /** Plans a rollout, or plans it anew where the last one is over. @throws ImpactError `not_found` without the flag, `conflict` while one is under way, `unprocessable` */
  plan(flagId: string, document: unknown, expectedVersion: number | null, author: Author): Promise<Rollout>;
  /** @throws ImpactError `not_found`, `precondition_failed`, `conflict` when it is in no state for it, `unprocessable` with the gates that are missing */
  command(flagId: string, command: RolloutCommand, expectedVersion: number | null, author: Author): Promise<Rollout>;
  /** Looks at every open rollout once, and does what is due. @throws what went wrong first, after all were looked at */
  evaluate(): Promise<{ looked: number; moved: number }>;
  /** Tells what waits for it. */
  flush(): Promise<void>;
};

const MAX_ATTEMPTS = 10;
const TOLD_AT_ONCE = 100;

const limitsOf = async (deps: RolloutDeps, { featureId, roiTargetUsd }: Flag, now: number): Promise<GateLimits> => ({
  roiTargetUsd,
  roiTargetPercent: await deps.roiTargetPercent(featureId, now),
});

/** A plan that was not started has not followed its flag. */
function stateNow({ state }: Rollout, flag: Flag): RolloutState {
  return state.status === 'planned' ? { ...state, stage: flag.stage, flagVersion: flag.version } : state;
}

async function situationOf(
  deps: RolloutDeps,
  { plan }: Rollout,
  flag: Flag,
  state: RolloutState,
  evidence: RolloutEvidence,
): Promise<Situation> {
  const now = deps.now();
  return { plan, state, evidence, limits: await limitsOf(deps, flag, now), now };
}

/** Going on needs evidence of this moment. Stopping and going back must work whatever is down: what was found last will do. */
async function evidenceFor(deps: RolloutDeps, { plan, evaluation }: Rollout, flag: Flag, state: RolloutState, { kind }: RolloutCommand) {
  const fresh = isOpen(state) && (kind === 'advance' || kind === 'approve');
  return fresh ? deps.evidence({ flag, plan, state }, deps.now()) : (evaluation?.evidence ?? noEvidence);
}

async function recorded(deps: RolloutDeps, rollout: Rollout, move: Move, { now, evidence }: Situation, by: string) {
  const after = await recordStep(deps.postgres, rollout, move, { by, at: now, evidence });
  deps.passed('rollout.after-record');
  return after;
}

const gone = (flagId: string): ImpactError => new ImpactError('not_found', `there is no flag ${flagId}`);

async function command(deps: RolloutDeps, flagId: string, what: RolloutCommand, expected: number | null, author: Author): Promise<Rollout> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { rollout, flag } = await attended(deps, await existing(deps, flagId));
    requireVersion(rollout, expected);
    if (flag === null) throw gone(flagId);
    const state = stateNow(rollout, flag);
    const situation = await situationOf(deps, rollout, flag, state, await evidenceFor(deps, rollout, flag, state, what));
    const move = obey(situation, what, author.reason, rollout.version + 1);
    const after = await recorded(deps, rollout, move, situation, author.by);
    if (after !== null) return settledSoon(deps, after);
  }
  throw new ImpactError('conflict', `the rollout of ${flagId} is being changed by many at once; try again`);
}

function requireVersion({ flagId, version }: Rollout, expected: number | null): void {
  if (expected !== null && expected !== version)
    throw new ImpactError('precondition_failed', `the rollout of ${flagId} is at version ${version}, not at ${expected}`);
}

async function plan(deps: RolloutDeps, flagId: string, document: unknown, expected: number | null, author: Author): Promise<Rollout> {
  const flag = await deps.flags.get(flagId);
  if (flag === null) throw gone(flagId);
  if (flag.archived) throw new ImpactError('conflict', `flag ${flagId} is archived; take it out again before a rollout of it is planned`);
  const before = await findRollout(deps.postgres, flagId);
  if (before !== null) requireVersion(before, expected);
  if (before !== null && isOpen(before.state))
    throw new ImpactError('conflict', `a rollout of ${flagId} is under way; roll it back before another one is planned`);
  const parsed = parseRolloutPlan(document, flag);
  const now = deps.now();
  const { stage, version: flagVersion } = flag;
  const times = { enteredAt: now, patientFrom: now, rampedAt: null };
  const { reason } = author;
  const state: RolloutState = { status: 'planned', reason, stage, flagVersion, ...times, pending: null, rollback: null };
  const move: Move = { kind: 'planned', state, from: stage, to: stage, reason, gates: [] };
  const seen = { flagId, version: before?.version ?? 0, plan: parsed };
  const after = await recordStep(deps.postgres, seen, move, { by: author.by, at: now, evidence: null }, before !== null);
  if (after === null) throw new ImpactError('conflict', `the rollout of ${flagId} was planned by somebody else just now`);
  return after;
}

/** @returns whether something was done */
async function evaluateOne(deps: RolloutDeps, found: Rollout): Promise<boolean> {
  const { rollout, flag } = await attended(deps, found);
  const followed = rollout.version !== found.version;
  if (flag === null || !isOpen(rollout.state) || rollout.state.pending !== null) return followed;
  const { plan, state } = rollout;
  const situation = await situationOf(deps, rollout, flag, state, await deps.evidence({ flag, plan, state }, deps.now()));
  const { move, gates, says } = decideRollout(situation, rollout.version + 1);
  await recordEvaluation(deps.postgres, rollout, { gates, says, evidence: situation.evidence, at: situation.now });
  if (move === null) return followed;
  const after = await recorded(deps, rollout, move, situation, ROLLOUT);
  if (after !== null) await settled(deps, after);
  return after !== null || followed;
}

/** One that fails does not hold up the others. */
async function evaluateAll(deps: RolloutDeps): Promise<{ looked: number; moved: number }> {
  const found = await openRollouts(deps.postgres);
  const failures: unknown[] = [];
  let moved = 0;
  for (const rollout of found)
    await evaluateOne(deps, rollout).then(
      (did) => {
        moved += did ? 1 : 0;
      },
      (error: unknown) => failures.push(new Error(`${rollout.flagId}: ${(error as Error).message}`, { cause: error })),
    );
  if (failures.length > 0) throw failures[0];
  return { looked: found.length, moved };
}

/** A crash between telling and marking tells once more: the step's id is the same. */
async function tellAll({ postgres, tell }: RolloutDeps): Promise<void> {
  await postgres.transaction(async (sql) => {
    if (!(await becomeStepTeller(sql))) return;
    for (let untold = await untoldSteps(sql, TOLD_AT_ONCE); untold.length > 0; untold = await untoldSteps(sql, TOLD_AT_ONCE)) {
      await tell(untold);
      await markStepsTold(
        sql,
        untold.map(({ id }) => id),
      );
    }
  });
}

/** The store over its outside systems. Nothing is connected before it is used. */
export function createRolloutStore(deps: RolloutDeps): RolloutStore {
  const told = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    void tellAll(deps).catch((error: unknown) => deps.onDelay('telling steps of rollouts on the topic', error));
    return result;
  };
  return {
    list: (statuses) => listRollouts(deps.postgres, statuses),
    get: (flagId) => findRollout(deps.postgres, flagId),
    history: (flagId) => rolloutHistory(deps.postgres, flagId),
    plan: (flagId, document, expected, author) => told(plan(deps, flagId, document, expected, author)),
    command: (flagId, what, expected, author) => told(command(deps, flagId, what, expected, author)),
    async evaluate() {
      const done = await evaluateAll(deps);
      await tellAll(deps);
      return done;
    },
    flush: () => tellAll(deps),
  };
}
