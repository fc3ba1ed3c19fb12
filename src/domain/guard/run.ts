/**
 * One rollout under guard: sums in, at most one decision to roll back out. A run lasts from the first percentage to the last, through all
 * stages between, so that its alpha holds for the whole rollout; each stage is a stratum of its own in the tests.
 */
import { type GuardPlan, type Guardrail, type GuardState, initialGuard, observeGuard } from '../decision/guard.ts';
import { judgeGuard } from '../decision/guard-verdict.ts';
import type { Flag } from '../flags/flag.ts';
import type { ArmName } from '../stats/safe-test.ts';
import { guardPlanOf, isGuarded } from './plan.ts';
import { type Rollback, rollbackOf } from './rollback.ts';
import type { GuardSums } from './sums.ts';

/** Plain data: to be written to a changelog and read back. */
export type GuardRun = {
  flagId: string;
  /** The flag's version when the run began; earlier outcomes belong to another run. */
  since: number;
  /** The flag's version when it was looked at last. */
  version: number;
  startedAt: number;
  /** What decides who is in which arm, and what is tested: while it is the same, the tests go on. */
  identity: string;
  guard: GuardState;
  exposures: Record<ArmName, number>;
  /** Decided: the tests are over. */
  rollback: { record: Rollback; rail: Pick<Guardrail, 'better' | 'kind'> } | null;
  /** The flag's version after the rollback was applied, or found out of date; null while it waits. */
  settledAt: number | null;
};

const identityOf = ({ featureId, seed, unit, variants, defaultVariant }: Flag, plan: GuardPlan): string =>
  JSON.stringify([featureId, seed, unit, variants.map(({ name, weight }) => [name, weight]), defaultVariant, plan]);

export function newRun(flag: Flag): GuardRun {
  const plan = guardPlanOf(flag);
  return {
    flagId: flag.id,
    since: flag.version,
    version: flag.version,
    startedAt: flag.updatedAt,
    identity: identityOf(flag, plan),
    guard: initialGuard(plan),
    exposures: { control: 0, treatment: 0 },
    rollback: null,
    settledAt: null,
  };
}

/** Whether the tests may go on. A change between that was not seen may have ended the rollout and begun another. */
function goesOn(run: GuardRun, flag: Flag): boolean {
  return flag.version <= run.version + 1 && identityOf(flag, guardPlanOf(flag)) === run.identity;
}

/**
 * The run after a look at the flag, null where the flag is gone.
 * @returns null for a run that is over; `resolved`: the rollback after which somebody has changed the flag
 */
export function followFlag(run: GuardRun, flag: Flag | null): { run: GuardRun | null; resolved: GuardRun['rollback'] } {
  if (run.rollback !== null) {
    const { settledAt } = run;
    if (settledAt === null || (flag !== null && flag.version <= settledAt)) return { run, resolved: null };
    return { run: null, resolved: run.rollback };
  }
  // A copy that is older than the run knows nothing new.
  if (flag !== null && flag.version < run.version) return { run, resolved: null };
  if (flag === null || !isGuarded(flag) || !goesOn(run, flag)) return { run: null, resolved: null };
  return { run: flag.version === run.version ? run : { ...run, version: flag.version }, resolved: null };
}

/** Takes in sums of this run; what belongs to an earlier one, or comes after the decision, changes nothing. */
export function takeSums(run: GuardRun, plan: GuardPlan, sums: GuardSums): GuardRun {
  if (run.rollback !== null || sums.flagVersion < run.since) return run;
  const { stage, cells } = sums;
  const guard = cells.reduce((state, cell) => observeGuard(plan, state, { ...cell, stage }), run.guard);
  const exposures = {
    control: run.exposures.control + sums.exposures.control,
    treatment: run.exposures.treatment + sums.exposures.treatment,
  };
  return { ...run, guard, exposures };
}

/**
 * Decides, once in a run.
 * @param now milliseconds since 1970
 * @returns the run with its decision, or the same run
 */
export function decideRun(run: GuardRun, flag: Flag, plan: GuardPlan, now: number): GuardRun {
  if (run.rollback !== null) return run;
  const { rollback, harms } = judgeGuard(plan, run.guard);
  if (!rollback) return run;
  const { since, startedAt, exposures } = run;
  const record = rollbackOf({ flag, plan, since, startedAt, exposures }, harms, now);
  const { better, kind } = plan.guardrails.find(({ id }) => id === record.guardrail) as Guardrail;
  // The tests have spoken: nobody needs their states any more.
  return { ...run, guard: {}, rollback: { record, rail: { better, kind } } };
}
