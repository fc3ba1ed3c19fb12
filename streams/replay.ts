/**
 * Replay: rebuilds the rollups of a range of days beside the live ones, then makes them active in one insert.
 * Readers see the old generation until then. Live traffic goes on: a flush writes the generation that is being built as well.
 */
import { randomUUID } from 'node:crypto';
import { ImpactError } from '../src/domain/errors.ts';
import { dayOf } from '../src/domain/totals.ts';
import type { Change, DayRange, TenantDay } from '../src/query/replay.ts';
import { type Database, endReplay, lockReplays, unfinishedReplay, unlockReplays } from '../src/query/replays.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import type { ArchiveDeps } from './replay/archive.ts';
import type { ReadAgainDeps } from './replay/kafka.ts';
import { cutOver, daysOf, type EpochStore, giveUp, isActive, type Plan, planReplay, register } from './replay/plan.ts';
import { changesOf, dropOld, endRunning, rebuild } from './replay/rebuild.ts';
import type { RunDeps } from './replay/run.ts';
import { archiveDigest, chooseSource, forgetRead, keptFrom, readSource, type Source } from './replay/source.ts';

/** `from` and `to` are milliseconds since 1970; whole UTC days are replayed, the one of `to` only if `to` is not its first instant. */
export type ReplayOptions = {
  from: number;
  to: number;
  tenant?: string | undefined;
  feature?: string | undefined;
  /** Changes nothing that can be seen, and says what would change. */
  dryRun?: boolean | undefined;
  /** Reads the events from Kafka again first, for what the raw table has lost. */
  fromKafka?: boolean | undefined;
  /** Reads them from this archive file, or from the files in this folder. */
  fromArchive?: string | undefined;
};

/**
 * `done` and `total`: files of an archive while they are checked; events while they are read (total 0 where nobody knows it); hours while
 * rebuilding. `etaMs` is null until there is something to judge by.
 */
export type ReplayProgress = {
  phase: 'check' | 'read' | 'rebuild' | 'activate' | 'clean' | 'wait';
  done: number;
  total: number;
  day: string | null;
  etaMs: number | null;
  /** What is waited for, in the phase `wait`; it ends with the next report. */
  reason?: string;
};
export type Report = (progress: ReplayProgress) => void;
export type ReplayResult = { id: string | null; days: string[]; tenants: number; resumed: boolean; changes: Change[]; durationMs: number };

export type ReplayDeps = ReadAgainDeps &
  ArchiveDeps &
  RunDeps & {
    failpoint: Failpoint;
    clickhouse: EpochStore;
    postgres: Database & { session(): Promise<Database & { release(): void }> };
  };

const DAY_MS = 86_400_000;

function rangeOf({ from, to, tenant }: ReplayOptions): DayRange {
  if (!(from < to)) throw new ImpactError('unprocessable', `the range from ${dayOf(from)} to ${dayOf(to)} is empty`);
  return { from: dayOf(from), to: dayOf(Math.ceil(to / DAY_MS) * DAY_MS), tenant: tenant ?? null };
}

/** Old generations' rows go, and what was read for the replay alone. */
async function clean(deps: ReplayDeps, { from_day: from, to_day: to, tenant, source }: Plan): Promise<void> {
  await dropOld(deps, { from, to, tenant });
  await forgetRead(deps, source);
}

/** The numbered steps. A crash after any of them is resumed there: each can be done again. */
async function rebuildAndActivate(deps: ReplayDeps, plan: Plan, expired: number, report: Report): Promise<void> {
  if (!(await isActive(deps.clickhouse, plan))) {
    // 1. What an earlier run may have left running must not write after us.
    await endRunning(deps);
    // 2. From now on flushes write the new generations too, so no event is missed, however long this takes.
    await register(deps.clickhouse, plan);
    deps.failpoint('replay.after-register');
    // 3. Day by day, each remembered when it is done.
    await rebuild(deps, plan, expired, report);
    deps.failpoint('replay.before-activation');
    // 4. All at once.
    report({ phase: 'activate', done: 0, total: 1, day: null, etaMs: null });
    await cutOver(deps.clickhouse, plan);
    deps.failpoint('replay.after-activation');
  }
  // 5. Nobody reads the old rows any more.
  report({ phase: 'clean', done: 0, total: 1, day: null, etaMs: null });
  await clean(deps, plan);
  deps.failpoint('replay.after-cleaning');
  await endReplay(deps.postgres, plan.id, 'done');
}

const summary = (days: readonly TenantDay[]): Pick<ReplayResult, 'days' | 'tenants'> => ({
  days: [...new Set(days.map(({ day }) => day))],
  tenants: new Set(days.map(({ tenant }) => tenant)).size,
});

type Work = { range: DayRange; feature: string | null; source: Source };

/** What the source has goes into the replay's own table for the time, all of it, so that neither rollups nor raw events change. */
async function compare(deps: ReplayDeps, { range, feature, source }: Work, report: Report): Promise<Omit<ReplayResult, 'durationMs'>> {
  await readSource(deps, source, { range, feature, expired: Number.POSITIVE_INFINITY }, report);
  const days = await daysOf(deps.clickhouse, range);
  const changes = await changesOf(deps, days, feature, source.kind === 'raw' ? 'events' : 'replay_events');
  await forgetRead(deps, source.kind);
  return { id: null, ...summary(days), resumed: false, changes };
}

async function rebuildFrom(deps: ReplayDeps, { range, feature, source }: Work, report: Report): Promise<Omit<ReplayResult, 'durationMs'>> {
  const expired = keptFrom(deps);
  // Before the plan, which lists the days that there are.
  await readSource(deps, source, { range, feature, expired }, report);
  const wanted = { range, feature, source: source.kind, archive: archiveDigest(source) };
  const plan = await planReplay(deps.clickhouse, deps.postgres, wanted, randomUUID());
  await rebuildAndActivate(deps, plan, expired, report);
  return { id: plan.id, ...summary(plan.plan), resumed: plan.resumed, changes: [] };
}

/**
 * Runs a replay, or goes on with the interrupted one of the same range. Run twice, it gives the same result.
 * @throws ImpactError `conflict` when another replay runs or one of another range is unfinished, `unprocessable` when the range is empty, begins
 * before the raw retention without another source, or is not in the archive; whatever else is thrown leaves a replay that can be resumed
 */
export async function replay(given: ReplayDeps, options: ReplayOptions, onProgress: Report = () => {}): Promise<ReplayResult> {
  const onWait = (reason: string): void => onProgress({ phase: 'wait', done: 0, total: 0, day: null, etaMs: null, reason });
  const deps = { ...given, onWait };
  const [startedAt, range, feature] = [deps.now(), rangeOf(options), options.feature ?? null];
  const source = await chooseSource(deps, options, range, onProgress);
  const work = { range, feature, source };
  const run = () => (options.dryRun ? compare(deps, work, onProgress) : rebuildFrom(deps, work, onProgress));
  // To compare with the raw table writes nothing at all, so it may be done beside a replay.
  const result = options.dryRun && source.kind === 'raw' ? await run() : await alone(deps, run);
  return { ...result, durationMs: deps.now() - startedAt };
}

/**
 * Gives up the unfinished replay. Nothing visible changes.
 * @returns its id, or null when there was none
 * @throws ImpactError `conflict` when it is running somewhere
 */
export async function cancelReplay(deps: ReplayDeps): Promise<string | null> {
  return alone(deps, async () => {
    const begun = await unfinishedReplay(deps.postgres);
    if (begun === null) return null;
    const plan = { ...begun, resumed: true };
    await giveUp(deps.clickhouse, plan);
    await endReplay(deps.postgres, plan.id, 'cancelled');
    await clean(deps, plan);
    return plan.id;
  });
}

/** Two replays at once would not harm the data, but each would wait for the other's days. */
async function alone<T>(deps: ReplayDeps, work: () => Promise<T>): Promise<T> {
  const session = await deps.postgres.session();
  try {
    if (!(await lockReplays(session))) throw new ImpactError('conflict', 'another replay is running; wait for it, or stop it first');
    return await work().finally(() => unlockReplays(session).catch(() => {}));
  } finally {
    session.release();
  }
}
