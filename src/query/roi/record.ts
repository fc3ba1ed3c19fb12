/** Calculating days and writing them down: figures, revisions, weeks and announcements in one transaction. */

import type { Effect } from '../../domain/roi/causal.ts';
import { costOf, type RoiCell, totalOf } from '../../domain/roi/cell.ts';
import { CALCULATION_VERSION } from '../../domain/roi/report.ts';
import { type DaySnapshot, differs, snapshotOf } from '../../domain/roi/revision.ts';
import type { RoiDay } from '../../domain/roi/value.ts';
import { usdOfMicros } from '../../domain/roi.ts';
import type { TargetBook } from '../../domain/target-choice.ts';
import type { TargetSettings } from '../../domain/target-metrics.ts';
import { announceAll } from '../announce.ts';
import type { Days } from '../costs.ts';
import type { Database } from '../rules.ts';
import { scopeOf } from '../scope.ts';
import { readTargets } from '../targets.ts';
import { type StoredDay, storedCells, storedDays } from './books.ts';
import { type Calculation, calculateDays, type RoiDeps, roiDays } from './calculate.ts';
import { newestEffects } from './effects.ts';
import { changedParts, fingerprints, rememberFingerprints, storedFingerprints } from './inputs.ts';
import { performanceOf } from './performance.ts';
import { storeDays } from './store.ts';
import { causalFigures, storeWeeks } from './weeks.ts';

export type RecordDeps = Omit<RoiDeps, 'postgres' | 'config'> & {
  postgres: Database & { transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> };
  config: RoiDeps['config'] &
    TargetSettings & {
      /** So long after its end a day is taken for complete: what was on its way is in the rollups by then. */
      windowGraceMs: number;
    };
};

/** `final`: the day was calculated for the first time after its end. `revised`: it had been complete, and its figures are others now. */
export type RecordedDay = { day: string; complete: boolean; revision: number; outcome: 'new' | 'updated' | 'final' | 'revised' | 'same' };

const DAY_MS = 86_400_000;

/** Who reads first and writes last would write old figures over new ones, so one calculates at a time. */
const lockSql = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.roi'))";

async function replayedSince(tx: Database, day: string, since: Date): Promise<boolean> {
  const rows = await tx.query(
    "SELECT FROM replays WHERE state = 'done' AND from_day <= $1::date + 1 AND to_day >= $1::date AND updated_at >= $2 LIMIT 1",
    [day, since],
  );
  return rows.length > 0;
}

/** Why a complete day came out differently. */
async function reasonOf(tx: Database, before: StoredDay, prints: { was: string; is: string }): Promise<string> {
  const changed = changedParts(prints.was, prints.is);
  if (changed.includes('settings')) return 'other settings or formulas';
  if (changed.includes('rollups'))
    return (await replayedSince(tx, before.day, before.computedAt)) ? 'replay' : 'late events, corrections or retractions';
  return changed.includes('manual') ? 'manual entries' : 'costs';
}

type Change = { before: StoredDay; from: DaySnapshot; to: DaySnapshot; reason: string };

async function reviseDay(tx: Database, { before, from, to, reason }: Change, now: number): Promise<number> {
  const revision = before.revision + 1;
  await tx.query('UPDATE business_metrics_daily SET revision = $2 WHERE date = $1', [before.day, revision]);
  await tx.query(
    'INSERT INTO roi_revisions (date, revision, reason, before, after, calculation_version, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [before.day, revision, reason, JSON.stringify(from), JSON.stringify(to), CALCULATION_VERSION, new Date(now)],
  );
  return revision;
}

function outcomeOf(before: StoredDay | undefined, complete: boolean, changed: boolean): RecordedDay['outcome'] {
  if (before === undefined) return complete ? 'final' : 'new';
  if (!before.complete) return complete ? 'final' : changed ? 'updated' : 'same';
  return changed && before.provenance === 'pipeline' ? 'revised' : 'same';
}

/** What webhooks are told of a day. */
function announcementOf({ day, complete, revision }: RecordedDay, cells: readonly RoiCell[], asked: boolean, now: number) {
  const sums = totalOf(cells);
  const { valueUsd, costUsd, roiPercent, features } = snapshotOf(cells);
  const data = {
    date: day,
    totalRevenueImpactUsd: valueUsd,
    totalOperatingCostsUsd: costUsd,
    netRevenueImpactUsd: usdOfMicros(sums.valueUsdMicros - costOf(sums)),
    roiPercentage: roiPercent,
    complete,
    revision,
    calculationVersion: CALCULATION_VERSION,
    features,
  };
  const id = asked ? `roi ${day} asked ${now}` : `roi ${day} revision ${revision}`;
  return { id, type: 'roi_calculation_complete', occurredAt: now, tenantId: null, data } as const;
}

type Was = { days: Map<string, StoredDay>; cells: Map<string, RoiCell[]>; prints: Map<string, string> };

async function readBefore(tx: Database, span: Days): Promise<Was> {
  const days = await storedDays(tx, span);
  const cells = await storedCells(tx, scopeOf(null), span);
  return {
    days: new Map(days.map((one) => [one.day, one])),
    cells: Map.groupBy(cells, ({ day }) => day),
    prints: await storedFingerprints(tx, span),
  };
}

async function settleDay(
  tx: Database,
  { day, complete }: { day: string; complete: boolean },
  was: Was,
  cells: readonly RoiCell[],
  print: string,
  now: number,
): Promise<RecordedDay> {
  const before = was.days.get(day);
  const [from, after] = [snapshotOf(was.cells.get(day) ?? []), snapshotOf(cells)];
  const outcome = outcomeOf(before, complete, differs(from, after));
  const revision = before?.revision ?? 0;
  if (outcome !== 'revised' || before === undefined) return { day, complete, revision, outcome };
  const reason = await reasonOf(tx, before, { was: was.prints.get(day) ?? '', is: print });
  return { day, complete: true, outcome, revision: await reviseDay(tx, { before, from, to: after, reason }, now) };
}

const isComplete = ({ config }: RecordDeps, to: number, now: number): boolean => to + config.windowGraceMs <= now;

async function write(
  deps: RecordDeps,
  tx: Database,
  span: Days,
  calculation: Calculation,
  effects: readonly Effect[],
  targets: TargetBook,
  now: number,
): Promise<void> {
  const performance = await performanceOf(deps.clickhouse, calculation.days);
  const byDay = Map.groupBy(calculation.cells, ({ day }) => day);
  const { timeZone } = deps.config;
  const extrasOf = ({ day, to }: RoiDay) => {
    const features = new Map(
      [...Map.groupBy(byDay.get(day) ?? [], ({ featureId }) => featureId)].map(([name, cells]) => [name, totalOf(cells)]),
    );
    const causal = causalFigures(effects, features);
    const money = { causalUsdMicros: causal?.valueUsdMicros ?? null, lowerUsdMicros: causal?.lowUsdMicros ?? null };
    const complete = isComplete(deps, to, now);
    return {
      performance: performance.find((one) => one.day === day),
      ...money,
      complete,
      targetRoiPercent: targets('roi_percent', { day }).target,
      timeZone,
    };
  };
  await storeDays(tx, span, calculation, extrasOf, now);
}

/**
 * Calculates the days of a span that have begun, and writes what came of it. Run twice, it leaves the same.
 * @param asked somebody asked for it: then every day is announced, else those that are final or revised
 * @returns what happened to each day
 */
export async function recordDays(deps: RecordDeps, span: Days, now: number, asked = false): Promise<RecordedDay[]> {
  return deps.postgres.transaction(async (tx) => {
    await tx.query(lockSql);
    const inside = { ...deps, postgres: tx };
    const was = await readBefore(tx, span);
    const effects = await newestEffects(tx);
    const targets = await readTargets(tx, scopeOf(null), deps.config);
    // Read before the figures: what changes in between is then seen as a change the next time.
    const prints = await fingerprints(inside, roiDays(deps.config.timeZone, span, now));
    const calculation = await calculateDays(inside, scopeOf(null), span, now, 'all');
    await write(deps, tx, span, calculation, effects, targets, now);
    const cells = Map.groupBy(calculation.cells, ({ day }) => day);
    const recorded: RecordedDay[] = [];
    for (const { day, to } of calculation.days)
      recorded.push(
        await settleDay(tx, { day, complete: isComplete(deps, to, now) }, was, cells.get(day) ?? [], prints.get(day) ?? '', now),
      );
    await rememberFingerprints(tx, prints);
    await tx.query('DELETE FROM roi_due WHERE date >= $1 AND date < $2', [span.from, span.to]);
    await storeWeeks(
      tx,
      recorded.map(({ day }) => day),
      effects,
      targets,
      now,
    );
    const told = recorded.filter(({ outcome }) => asked || outcome === 'final' || outcome === 'revised');
    // A backfill of a year is no news.
    const fresh = told.filter(({ day, outcome }) => asked || outcome === 'revised' || Date.parse(day) > now - 3 * DAY_MS);
    await announceAll(
      tx,
      fresh.map((one) => announcementOf(one, cells.get(one.day) ?? [], asked, now)),
    );
    return recorded;
  });
}
