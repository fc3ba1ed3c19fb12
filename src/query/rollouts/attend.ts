/** A rollout and its flag brought together: the change that is pending is made, and what others did to the flag is taken in. */
import { ImpactError } from '../../domain/errors.ts';
import type { Flag } from '../../domain/flags/flag.ts';
import type { RolloutEvidence } from '../../domain/rollout/evidence.ts';
import { follow, settle } from '../../domain/rollout/move.ts';
import { moverOf, type ToldStep } from '../../domain/rollout/step.ts';
import { isOpen } from '../../domain/rollout.ts';
import { changesSince } from '../flags/since.ts';
import { type Database, findRollout, findStep, type Rollout, recordSettlement, recordStep } from '../rollouts.ts';
import { applyPending, type FlagWriter } from './apply.ts';
import type { Watched } from './evidence.ts';

export type RolloutDeps = {
  postgres: Database & { transaction<T>(work: (sql: Database) => Promise<T>): Promise<T> };
  flags: FlagWriter;
  evidence: (watched: Watched, now: number) => Promise<RolloutEvidence>;
  /** The ROI that a feature is to reach where its flag states no target in dollars, as it is in force at a moment (ms). */
  roiTargetPercent(featureId: string, at: number): Promise<number>;
  /** Resolves when the topic has acknowledged all of these, in this order. */
  tell(steps: readonly ToldStep[]): Promise<void>;
  /** What could not be done yet; it will be. */
  onDelay(what: string, error: unknown): void;
  /** Places where a test may end the process. */
  passed(point: string): void;
  /** Milliseconds since 1970. */
  now(): number;
};

/** The stage that moves by itself, as the audit names it. */
export const ROLLOUT = 'rollout';
/** @throws ImpactError `not_found` */
export async function existing(deps: RolloutDeps, flagId: string): Promise<Rollout> {
  const rollout = await findRollout(deps.postgres, flagId);
  if (rollout === null) throw new ImpactError('not_found', `there is no rollout of a flag ${flagId}`);
  return rollout;
}

/** Sees to the change that is pending. @returns the rollout as it is then, which others may have changed as well */
export async function settled(deps: RolloutDeps, rollout: Rollout): Promise<Rollout> {
  const { flagId, plan, state } = rollout;
  if (state.pending === null) return rollout;
  const step = await findStep(deps.postgres, flagId, state.pending.step);
  if (step === null) throw new ImpactError('internal', `step ${state.pending.step} of the rollout of ${flagId} is not recorded`);
  const settlement = await applyPending(deps.flags, state.pending, step);
  deps.passed('rollout.after-change');
  const after = settle(plan, state, settlement);
  return (await recordSettlement(deps.postgres, rollout, after, settlement !== null)) ?? existing(deps, flagId);
}

export type Seen = { rollout: Rollout; flag: Flag | null };

/** The rollout with the flag as it is now; what others did to the flag has been taken in. */
export async function attended(deps: RolloutDeps, found: Rollout): Promise<Seen> {
  const rollout = await settled(deps, found);
  const { flagId, plan, state } = rollout;
  const flag = await deps.flags.get(flagId);
  if (!isOpen(state)) return { rollout, flag };
  const changes = flag === null ? [] : await changesSince(deps.flags, flagId, state.flagVersion, flag.version);
  const mover = moverOf(changes);
  const move = follow(plan, state, flag, mover);
  if (move !== null) {
    const by = mover?.by ?? changes[0]?.by ?? ROLLOUT;
    const after = await recordStep(deps.postgres, rollout, move, { by, at: deps.now(), evidence: null });
    return { rollout: after ?? (await existing(deps, flagId)), flag };
  }
  return { rollout: { ...rollout, state: { ...state, flagVersion: flag?.version ?? state.flagVersion } }, flag };
}

/** The decision stands; where the flag cannot be changed now, whoever looks next does it. */
export async function settledSoon(deps: RolloutDeps, rollout: Rollout): Promise<Rollout> {
  try {
    return await settled(deps, rollout);
  } catch (error) {
    deps.onDelay(`changing flag ${rollout.flagId} for its rollout`, error);
    return rollout;
  }
}
