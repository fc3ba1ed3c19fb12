/** The days that a forecast goes by: what whole days were worth and cost, as the ROI has them. */
import { type History, MOST_HISTORY_DAYS } from '../domain/forecast.ts';
import { costOf, ownSums, type RoiSums } from '../domain/roi/cell.ts';
import { dayAt, plusDays } from '../domain/zone.ts';
import { type Days, daysOf } from './costs.ts';
import { firstMeasuredDay } from './first-day.ts';
import { storedCells, storedDays } from './roi/books.ts';
import { calculateDays, goneBefore, type RoiDeps, roiDays } from './roi/calculate.ts';
import { runsOf } from './roi.ts';
import type { Scope } from './scope.ts';

type Cell = RoiSums & { day: string; featureId: string };

/** Complete days as they are stored, the others calculated; one after the other, as few of them are open. */
async function cellsOf(deps: RoiDeps, scope: Scope, days: readonly string[], now: number): Promise<Cell[]> {
  const span = { from: days[0] ?? '', to: plusDays(days.at(-1) ?? '', 1) };
  const final = new Set((await storedDays(deps.postgres, span)).filter(({ complete }) => complete).map(({ day }) => day));
  const cells: Cell[] = [];
  for (const run of runsOf(days.filter((day) => final.has(day)))) cells.push(...(await storedCells(deps.postgres, scope, run)));
  for (const run of runsOf(days.filter((day) => !final.has(day)))) {
    const calculated = await calculateDays(deps, scope, run, now);
    cells.push(...calculated.cells.map((cell) => (scope.tenantId === null ? cell : { ...cell, ...ownSums(cell) })));
  }
  return cells;
}

/** Whole days, none to come, none from before anything was stored, none whose rollups are gone. */
async function usableDays(deps: RoiDeps, now: number): Promise<string[]> {
  const { timeZone } = deps.config;
  const today = dayAt(timeZone, now);
  const first = (await firstMeasuredDay(deps)) ?? today;
  const latest = [first, plusDays(today, -MOST_HISTORY_DAYS)].sort().at(-1) ?? today;
  const span: Days = { from: latest, to: today };
  const stored = new Set((await storedDays(deps.postgres, span)).filter(({ complete }) => complete).map(({ day }) => day));
  const lost = roiDays(timeZone, span, now).findLast((day) => !stored.has(day.day) && goneBefore(day, deps.config, now) !== null);
  return daysOf(span).filter((day) => lost === undefined || day > lost.day);
}

const dollars = (micros: number): number => micros / 1e6;

/**
 * What each whole day was worth and cost, up to yesterday and at most half a year back.
 * @param featureId null: all features together
 */
export async function historyOf(deps: RoiDeps, scope: Scope, featureId: string | null, now: number): Promise<History> {
  const days = await usableDays(deps, now);
  const cells = days.length === 0 ? [] : await cellsOf(deps, scope, days, now);
  const byDay = Map.groupBy(
    cells.filter((cell) => featureId === null || cell.featureId === featureId),
    ({ day }) => day,
  );
  const sum = (day: string, of: (cell: Cell) => number): number => (byDay.get(day) ?? []).reduce((total, cell) => total + of(cell), 0);
  return {
    firstDay: days[0] ?? dayAt(deps.config.timeZone, now),
    valueUsd: days.map((day) => dollars(sum(day, ({ valueUsdMicros }) => valueUsdMicros))),
    costUsd: days.map((day) => dollars(sum(day, costOf))),
  };
}
