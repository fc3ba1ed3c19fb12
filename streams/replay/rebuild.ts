/** The generation that a replay builds, day by day, and the end of the one before. */
import { finestTier } from '../../src/domain/retention.ts';
import type { Tier, UpperTier } from '../../src/domain/tier.ts';
import { emptyVanished, recomputeMinutes, recomputeTier } from '../../src/query/recompute.ts';
import { recomputeCoarse } from '../../src/query/recompute-coarse.ts';
import { busyHours, type Change, copyOthers, type DayRange, dropOldEpochs, type TenantDay, wouldChange } from '../../src/query/replay.ts';
import { markDayDone } from '../../src/query/replays.ts';
import { type BucketRange, tenantChunks } from '../../src/query/touched.ts';
import { eachOf } from '../../src/runtime/each-of.ts';
import type { ReplayDeps, Report } from '../replay.ts';
import { endLeftovers } from '../store/flush.ts';
import type { Plan } from './plan.ts';
import { persistent, run } from './run.ts';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;
const HOURS = 24;
const tiers: readonly Tier[] = ['1m', '1h', '1d'];

type EventTable = 'events' | 'replay_events';

const secondsOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;

/** One day of its tenants, in as many ranges as their names need to fit into a statement. */
function rangesOfDay(days: readonly TenantDay[], day: string, feature: string | null): BucketRange[] {
  const tenants = days.filter((one) => one.day === day).map(({ tenant }) => tenant);
  return tenantChunks(tenants).map((chunk) => ({ tenants: chunk, feature, from: secondsOf(day), to: secondsOf(day) + DAY_SECONDS }));
}

/** From raw events: minutes, or what is the finest tier that still keeps the day. */
const fromEvents = (tier: Tier, range: BucketRange, events: EventTable) =>
  tier === '1m' ? recomputeMinutes(range, { epochs: 'building', events }) : recomputeCoarse(tier, range, events);

/** So many rows may be aggregated by one statement: every one could be a group of its own. */
const MOST_ROWS = 1_000_000;

type BusyHour = { hour: number; rows: number };

/** Whole hours in as few steps as the bound allows; hours must be in order. */
export function stepsOfHours(hours: readonly BusyHour[]): { from: number; to: number }[] {
  const steps: { from: number; to: number; rows: number }[] = [];
  for (const { hour, rows } of hours) {
    const last = steps.at(-1);
    if (last && last.rows + rows <= MOST_ROWS) Object.assign(last, { to: hour + HOUR_SECONDS, rows: last.rows + rows });
    else steps.push({ from: hour, to: hour + HOUR_SECONDS, rows });
  }
  return steps.map(({ from, to }) => ({ from, to }));
}

/** A statement of a replay has one thread, for several that share their rows take longer in all; so many statements run at once. */
const STATEMENTS_AT_ONCE = 4;

/** Its tenants in as many parts as run at once. Tables are sorted by them first, so that each part reads only what it needs. */
export function partsOf(range: BucketRange): BucketRange[] {
  const size = Math.ceil(range.tenants.length / STATEMENTS_AT_ONCE);
  const parts = Array.from({ length: STATEMENTS_AT_ONCE }, (_, nth) => range.tenants.slice(nth * size, (nth + 1) * size));
  return parts.filter(({ length }) => length > 0).map((tenants) => ({ ...range, tenants }));
}

/** The steps of a day, each small enough for a statement. One without events has nothing to build; what comes into it now, its flush builds. */
async function stepsOf(deps: ReplayDeps, range: BucketRange, finest: Tier, events: EventTable): Promise<BucketRange[]> {
  if (finest === '1d') return partsOf(range);
  const { text, params } = busyHours(range, events);
  const hours = await persistent(deps, () => deps.clickhouse.query<BusyHour>(text, params));
  return stepsOfHours(hours).map((step) => ({ ...range, ...step }));
}

/** The tiers above the finest one. As in a flush, emptied rows of the tier below do not count, so the next tier need not wait for them. */
async function rebuildAbove(deps: ReplayDeps, range: BucketRange, finest: Tier): Promise<void> {
  const above = (tier: UpperTier): Promise<void> =>
    eachOf(partsOf(range), STATEMENTS_AT_ONCE, (part) => run(deps, recomputeTier(tier, part, { epochs: 'building' })));
  let empty = run(deps, emptyVanished(finest, range));
  for (const tier of tiers.slice(tiers.indexOf(finest) + 1)) {
    await Promise.all([empty, above(tier as UpperTier)]);
    empty = run(deps, emptyVanished(tier, range));
  }
  await empty;
}

/** One day of all its tenants: its finest tier step by step, then the tiers above. @param onHours told how many of its hours are done */
async function rebuildDay(deps: ReplayDeps, range: BucketRange, events: EventTable, onHours: (done: number) => void): Promise<void> {
  const { feature } = range;
  const finest = finestTier(range.from * 1000, deps.now(), deps.config);
  if (feature !== null) for (const tier of tiers) await run(deps, copyOthers(tier, { ...range, feature }));
  const steps = await stepsOf(deps, range, finest, events);
  let done = 0;
  await eachOf(steps, STATEMENTS_AT_ONCE, async (step) => {
    await run(deps, fromEvents(finest, step, events));
    done += 1;
    onHours(Math.ceil((HOURS * done) / steps.length));
  });
  await rebuildAbove(deps, range, finest);
  onHours(HOURS);
}

/** Rebuilds what is planned and not done yet. @param expired milliseconds since 1970: earlier days were read into the replay's own table */
export async function rebuild(deps: ReplayDeps, plan: Plan, expired: number, report: Report): Promise<void> {
  const days = [...new Set(plan.plan.map(({ day }) => day))];
  const due = days
    .filter((day) => !plan.days_done.includes(day))
    .map((day) => ({ day, ranges: rangesOfDay(plan.plan, day, plan.feature) }));
  const [startedAt, total] = [deps.now(), due.reduce((sum, { ranges }) => sum + ranges.length * HOURS, 0)];
  let done = 0;
  for (const { day, ranges } of due) {
    const events = secondsOf(day) * 1000 < expired ? 'replay_events' : 'events';
    for (const range of ranges) {
      await rebuildDay(deps, range, events, (hours) => {
        const reached = done + hours;
        report({ phase: 'rebuild', done: reached, total, day, etaMs: ((deps.now() - startedAt) / reached) * (total - reached) });
      });
      done += HOURS;
    }
    await markDayDone(deps.postgres, plan.id, day);
    deps.failpoint('replay.after-day');
  }
}

/** Nothing of an earlier run may write any more; of the stages, what is cut off here is run again. */
export const endRunning = (deps: ReplayDeps): Promise<void> =>
  endLeftovers({ clickhouse: deps.clickhouse, persist: (_, work) => persistent(deps, work) });

/**
 * Has old generations' rows deleted, which readers do not see either way. What began before the cutover would write more of them, so it is ended
 * first; what begins after it makes nothing of old rows.
 */
export async function dropOld(deps: ReplayDeps, range: DayRange): Promise<void> {
  await endRunning(deps);
  const statements = tiers.flatMap((tier) => dropOldEpochs(tier, range));
  await eachOf(statements, STATEMENTS_AT_ONCE, (statement) => run(deps, statement));
}

/** What a rebuild from this table would change, in the finest tier that keeps each day. */
export async function changesOf(
  deps: ReplayDeps,
  days: readonly TenantDay[],
  feature: string | null,
  events: EventTable,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const day of new Set(days.map((one) => one.day))) {
    const tier = finestTier(secondsOf(day) * 1000, deps.now(), deps.config);
    for (const range of rangesOfDay(days, day, feature)) {
      const { text, params } = wouldChange(range, { events, tier });
      changes.push(...(await deps.clickhouse.query<Change>(text, params)));
    }
  }
  return changes;
}
