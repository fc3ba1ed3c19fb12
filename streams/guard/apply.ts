/**
 * Applies decisions to the flags, as often as it takes: Redis may be away for hours. Nothing is remembered here that matters: a decision
 * that is not settled is asked for again after every restart, and applying it again changes nothing.
 */
import type { FlagChange } from '../../src/domain/flags/change.ts';
import { definitionOf, type Flag } from '../../src/domain/flags/flag.ts';
import { isPlainObject, type Json } from '../../src/domain/flags/json.ts';
import { isPercentageStage } from '../../src/domain/flags/stage.ts';
import type { Rollback } from '../../src/domain/guard/rollback.ts';
import { changesSince } from '../../src/query/flags/since.ts';
import type { FlagStore } from '../../src/query/flags/store.ts';
import { backoffMs } from '../../src/runtime/backoff.ts';
import type { Log } from '../../src/runtime/log.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';

export type FlagWriter = Pick<FlagStore, 'get' | 'update' | 'history'>;

/** `version`: of the flag, from which on changes are somebody's answer to it. */
export type Settled = { version: number; applied: boolean };

const isOurs = ({ evidence }: FlagChange, { rollbackId }: Rollback): boolean =>
  isPlainObject(evidence) && evidence['rollbackId'] === rollbackId;

/** Somebody has ended the rollout since the decision; another one that they began is not condemned. */
const hasLeft = ({ after }: FlagChange): boolean => after === null || after.archived || !isPercentageStage(after.stage);

async function switchOff(flags: FlagWriter, rollback: Rollback, from: number): Promise<Settled> {
  const author = { by: 'guard', reason: `${rollback.reason}: ${rollback.message}`.slice(0, 500), evidence: rollback as unknown as Json };
  const off = (present: Flag) => ({ ...definitionOf(present), stage: 'disabled' as const });
  const { version } = await flags.update(rollback.flagId, off, from, author);
  return { version, applied: true };
}

/**
 * Switches the feature off, unless its rollout has ended otherwise. May be called again, by whichever process: it happens once.
 * @throws what Redis or, if the flag has changed since the decision, Postgres throws
 */
export async function applyRollback(flags: FlagWriter, rollback: Rollback): Promise<Settled> {
  const overtaken = { version: rollback.flagVersion, applied: false };
  const flag = await flags.get(rollback.flagId);
  if (flag === null) return overtaken;
  if (flag.version === rollback.flagVersion) return switchOff(flags, rollback, flag.version);
  const changes = await changesSince(flags, rollback.flagId, rollback.flagVersion, flag.version);
  const ours = changes.find((change) => isOurs(change, rollback));
  if (ours !== undefined) return { version: ours.version, applied: true };
  return changes.some(hasLeft) ? overtaken : switchOff(flags, rollback, flag.version);
}

type Attempt = { rollback: Rollback; settled: Settled | null; busy: boolean; failures: number; nextAt: number; problem: string | null };

export type Applier = {
  /** Sees to it that the decision is applied. @returns what came of it, null while it waits */
  settle(rollback: Rollback): Settled | null;
  /** Decisions that could not be applied yet, and why. */
  waiting(): { flagId: string; problem: string }[];
};

export type ApplierDeps = { flags: FlagWriter; log: Log; metrics: Metrics; now: () => number };

export function createApplier({ flags, log, metrics, now }: ApplierDeps): Applier {
  const attempts = new Map<string, Attempt>();

  async function run(attempt: Attempt): Promise<void> {
    const { rollback } = attempt;
    const { flagId, reason } = rollback;
    attempt.busy = true;
    try {
      attempt.settled = await applyRollback(flags, rollback);
      attempt.problem = null;
      metrics.count('impact_guard_applied_total', { outcome: attempt.settled.applied ? 'rolled_back' : 'overtaken' });
      metrics.observe('impact_guard_apply_seconds', (now() - rollback.decidedAt) / 1000);
      log.warn({ flagId, reason, version: attempt.settled.version, applied: attempt.settled.applied }, 'a rollback is settled');
    } catch (error) {
      attempt.problem = (error as Error).message;
      attempt.nextAt = now() + backoffMs(attempt.failures++, Math.random());
      metrics.count('impact_guard_apply_failures_total');
      log.warn({ flagId, reason, error: attempt.problem }, 'a rollback waits: it cannot be applied now');
    } finally {
      attempt.busy = false;
    }
  }

  return {
    settle(rollback) {
      const known = attempts.get(rollback.rollbackId);
      const attempt = known ?? { rollback, settled: null, busy: false, failures: 0, nextAt: 0, problem: null };
      attempts.set(rollback.rollbackId, attempt);
      if (attempt.settled === null && !attempt.busy && now() >= attempt.nextAt) void run(attempt);
      return attempt.settled;
    },
    waiting: () =>
      [...attempts.values()].flatMap(({ rollback, settled, problem }) =>
        settled === null && problem !== null ? [{ flagId: rollback.flagId, problem }] : [],
      ),
  };
}
