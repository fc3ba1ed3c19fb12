/**
 * Replay: rebuilds the rollups of a range of days beside the live ones, then makes them active in one insert.
 * Readers see the old generation until then. Live traffic goes on: a flush writes the generation that is being built as well.
 */
import { randomUUID } from 'node:crypto';
import { ImpactError } from '../src/domain/errors.ts';
import { dayOf } from '../src/domain/totals.ts';
import { emptyVanished, recomputeMinutes, recomputeTier } from '../src/query/recompute.ts';
import { type Change, copyOthers, type DayRange, dropOldEpochs, type TenantDay, wouldChange } from '../src/query/replay.ts';
import { type Database, endReplay, lockReplays, markDayDone, unfinishedReplay, unlockReplays } from '../src/query/replays.ts';
import type { Statement } from '../src/query/statement.ts';
import { type BucketRange, tenantChunks } from '../src/query/touched.ts';
import { persist } from '../src/runtime/backoff.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import type { Log } from '../src/runtime/log.ts';
import { type ReadAgainDeps, readAgain } from './replay-kafka.ts';
import { cutOver, daysOf, type EpochStore, giveUp, isActive, type Plan, planReplay, register } from './replay-plan.ts';
import { endLeftovers } from './store-flush.ts';
import type { Insert } from './store-insert.ts';

/** `from` and `to` are milliseconds since 1970; whole UTC days are replayed, the one of `to` only if `to` is not its first instant. */
export type ReplayOptions = {
  from: number;
  to: number;
  tenant?: string | undefined;
  feature?: string | undefined;
  /** Writes nothing and says what would change. */
  dryRun?: boolean | undefined;
  /** Reads the events from Kafka again first, for what the raw table has lost. */
  fromKafka?: boolean | undefined;
};

/** `done` and `total` are records while reading (total unknown: 0), hours while rebuilding. `etaMs` is null until there is something to judge by. */
export type ReplayProgress = {
  phase: 'read' | 'rebuild' | 'activate' | 'clean';
  done: number;
  total: number;
  day: string | null;
  etaMs: number | null;
};
export type ReplayResult = { id: string | null; days: string[]; tenants: number; resumed: boolean; changes: Change[]; durationMs: number };

export type ReplayDeps = ReadAgainDeps & {
  log: Log;
  failpoint: Failpoint;
  clickhouse: EpochStore & { insertNative: Insert; commandEverywhere(text: string, params?: Record<string, unknown>): Promise<void> };
  postgres: Database & { session(): Promise<Database & { release(): void }> };
  /** Ends the replay between two statements; it can be resumed. */
  signal?: AbortSignal;
};

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
const HOURS = 24;
const tiers = ['minute', 'hour', 'day'] as const;

const secondsOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;

function rangeOf({ from, to, tenant }: ReplayOptions): DayRange {
  if (!(from < to)) throw new ImpactError('unprocessable', `the range from ${dayOf(from)} to ${dayOf(to)} is empty`);
  return { from: dayOf(from), to: dayOf(Math.ceil(to / DAY_MS) * DAY_MS), tenant: tenant ?? null };
}

/** The first day of which raw events are kept whole, its start in milliseconds since 1970. */
const keptFrom = ({ config, now }: ReplayDeps): number => Math.ceil((now() - config.retentionRawDays * DAY_MS) / DAY_MS) * DAY_MS;

function refuseExpired(deps: ReplayDeps, range: DayRange): void {
  const kept = dayOf(keptFrom(deps));
  if (range.from >= kept) return;
  const advice = `raw events are kept whole from ${kept} on; begin there, or read older ones from Kafka with --from-kafka`;
  throw new ImpactError('unprocessable', `${range.from} is too early: ${advice}`);
}

async function persistent(deps: ReplayDeps, work: () => Promise<void>): Promise<void> {
  const signal = deps.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  await persist(work, {
    signal,
    onWait: (error) =>
      error && deps.log.warn({ component: 'clickhouse', error: error.message }, 'waiting for a component that does not answer'),
  });
}

const run = (deps: ReplayDeps, { text, params }: Statement<never>): Promise<void> =>
  persistent(deps, () => deps.clickhouse.commandEverywhere(text, params));

/** One day of its tenants, in as many ranges as their names need to fit into a statement. */
function rangesOfDay(days: readonly TenantDay[], day: string, feature: string | null): BucketRange[] {
  const tenants = days.filter((one) => one.day === day).map(({ tenant }) => tenant);
  return tenantChunks(tenants).map((chunk) => ({ tenants: chunk, feature, from: secondsOf(day), to: secondsOf(day) + DAY_SECONDS }));
}

/** One day of all its tenants: minutes hour by hour, so that each statement is small, then the hours, then the day. */
async function rebuildDay(deps: ReplayDeps, range: BucketRange, events: string, onHour: () => void): Promise<void> {
  const { feature } = range;
  if (feature !== null) for (const tier of tiers) await run(deps, copyOthers(tier, { ...range, feature }));
  for (let from = range.from; from < range.to; from += 3600) {
    const hour = { ...range, from, to: from + 3600 };
    await run(deps, recomputeMinutes(hour, { epochs: 'building', events }));
    await run(deps, emptyVanished('minute', hour));
    onHour();
  }
  for (const tier of ['hour', 'day'] as const) {
    await run(deps, recomputeTier(tier, range, { epochs: 'building' }));
    await run(deps, emptyVanished(tier, range));
  }
}

type Report = (progress: ReplayProgress) => void;

async function rebuild(deps: ReplayDeps, plan: Plan, report: Report): Promise<void> {
  const days = [...new Set(plan.plan.map(({ day }) => day))];
  const due = days
    .filter((day) => !plan.days_done.includes(day))
    .map((day) => ({ day, ranges: rangesOfDay(plan.plan, day, plan.feature) }));
  const [startedAt, total] = [deps.now(), due.reduce((sum, { ranges }) => sum + ranges.length * HOURS, 0)];
  let done = 0;
  for (const { day, ranges } of due) {
    const events = secondsOf(day) * 1000 < keptFrom(deps) ? 'replay_events' : 'events';
    const onHour = (): void => {
      done += 1;
      report({ phase: 'rebuild', done, total, day, etaMs: ((deps.now() - startedAt) / done) * (total - done) });
    };
    for (const range of ranges) await rebuildDay(deps, range, events, onHour);
    await markDayDone(deps.postgres, plan.id, day);
    deps.failpoint('replay.after-day');
  }
}

/** Reads what Kafka still has. Days beyond the raw retention get a table of their own, completed by what is left of them in the raw one. */
async function readFromKafka(deps: ReplayDeps, { range, expired }: { range: DayRange; expired: number }, report: Report): Promise<void> {
  const { from, to, tenant } = range;
  await run(deps, {
    text: 'INSERT INTO replay_events SELECT * FROM events WHERE toDate(minute) >= {from:Date} AND toDate(minute) < {to:Date}',
    params: { from, to },
  });
  let done = 0;
  const events = { from: secondsOf(from) * 1000, to: secondsOf(to) * 1000, tenant, expired };
  await readAgain(deps, events, (count) => {
    done += count;
    report({ phase: 'read', done, total: 0, day: null, etaMs: null });
  });
}

/** Old generations' rows go, and what was read for the replay alone. */
async function clean(deps: ReplayDeps, { from_day: from, to_day: to, tenant, source }: Plan): Promise<void> {
  for (const tier of tiers) await run(deps, dropOldEpochs(tier, { from, to, tenant }));
  if (source === 'kafka') await run(deps, { text: 'TRUNCATE TABLE replay_events', params: {} });
}

/** The numbered steps. A crash after any of them is resumed there: each can be done again. */
async function rebuildAndActivate(deps: ReplayDeps, plan: Plan, report: Report): Promise<void> {
  if (!(await isActive(deps.clickhouse, plan))) {
    // 1. What an earlier run may have left running must not write after us.
    await endLeftovers({
      clickhouse: deps.clickhouse,
      persist: (_, work) => persist(work, { signal: new AbortController().signal, onWait() {} }),
    });
    // 2. From now on flushes write the new generations too, so no event is missed, however long this takes.
    await register(deps.clickhouse, plan);
    deps.failpoint('replay.after-register');
    // 3. Day by day, each remembered when it is done.
    await rebuild(deps, plan, report);
    deps.failpoint('replay.before-activation');
    // 4. All at once.
    report({ phase: 'activate', done: 0, total: 1, day: null, etaMs: null });
    await cutOver(deps.clickhouse, plan);
    deps.failpoint('replay.after-activation');
  }
  // 5. Nobody reads the old rows any more.
  report({ phase: 'clean', done: 0, total: 1, day: null, etaMs: null });
  await clean(deps, plan);
  await endReplay(deps.postgres, plan.id, 'done');
}

async function changesOf(deps: ReplayDeps, days: readonly TenantDay[], feature: string | null): Promise<Change[]> {
  const changes: Change[] = [];
  for (const day of new Set(days.map((one) => one.day))) {
    for (const range of rangesOfDay(days, day, feature)) {
      const { text, params } = wouldChange(range);
      changes.push(...(await deps.clickhouse.query<Change>(text, params)));
    }
  }
  return changes;
}

const summary = (days: readonly TenantDay[]): Pick<ReplayResult, 'days' | 'tenants'> => ({
  days: [...new Set(days.map(({ day }) => day))],
  tenants: new Set(days.map(({ tenant }) => tenant)).size,
});

/**
 * Runs a replay, or goes on with the interrupted one of the same range. Run twice, it gives the same result.
 * @throws ImpactError `conflict` when another replay runs or one of another range is unfinished, `unprocessable` when the range is empty or begins
 * before the raw retention without `fromKafka`; whatever else is thrown leaves a replay that can be resumed
 */
export async function replay(deps: ReplayDeps, options: ReplayOptions, onProgress: Report = () => {}): Promise<ReplayResult> {
  const [startedAt, range, feature] = [deps.now(), rangeOf(options), options.feature ?? null];
  if (!options.fromKafka) refuseExpired(deps, range);
  if (options.dryRun) {
    const days = await daysOf(deps.clickhouse, range);
    return {
      id: null,
      ...summary(days),
      resumed: false,
      changes: await changesOf(deps, days, feature),
      durationMs: deps.now() - startedAt,
    };
  }
  return alone(deps, async () => {
    // Before the plan, which lists the days that there are.
    if (options.fromKafka) await readFromKafka(deps, { range, expired: keptFrom(deps) }, onProgress);
    const plan = await planReplay(
      deps.clickhouse,
      deps.postgres,
      { range, feature, source: options.fromKafka ? 'kafka' : 'raw' },
      randomUUID(),
    );
    await rebuildAndActivate(deps, plan, onProgress);
    return { id: plan.id, ...summary(plan.plan), resumed: plan.resumed, changes: [], durationMs: deps.now() - startedAt };
  });
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
