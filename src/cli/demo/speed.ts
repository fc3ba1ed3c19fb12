/** How fast events become rows, seen from outside. */

import { type DayTotal, type Difference, differences, type Totals } from '../../domain/totals.ts';
import { scopeOf } from '../../query/scope.ts';
import { ask } from '../../query/statement.ts';
import { storedEvents, storedTotals } from '../../query/totals.ts';
import type { System } from '../system.ts';

const DAY_MS = 86_400_000;

export type Sample = {
  at: number;
  stored: number;
  /** Over the last seconds: the store flushes in bursts, which a single step between two samples would show as nothing or all. */
  perSecond: number;
  /** Age of the newest event that can be queried, ms; null while there is none of the last minutes. */
  behindMs: number | null;
};

type Reading = Pick<Sample, 'at' | 'stored'>;

const PACE_OVER_MS = 6_000;

/** Those of the readings, oldest first, that the pace at the newest is taken over: the last six seconds, and at least two. */
export function recentReadings(readings: readonly Reading[]): Reading[] {
  const newest = readings.at(-1)?.at ?? 0;
  return readings.filter(({ at }, index) => newest - at <= PACE_OVER_MS || index >= readings.length - 2);
}

/** Events a second from the first to the last reading. */
export function paceOf(readings: readonly Reading[]): number {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined || last.at === first.at) return 0;
  return ((last.stored - first.stored) / (last.at - first.at)) * 1000;
}

/** Takes samples of the store; each call is one. */
export function createSpeedometer(system: System, now: () => number): () => Promise<Sample> {
  let readings: Reading[] = [];
  return async () => {
    const at = now();
    const [row] = await ask(system.clickhouse, storedEvents(at));
    const stored = row?.rows ?? 0;
    readings = recentReadings([...readings, { at, stored }]);
    return { at, stored, perSecond: paceOf(readings), behindMs: row?.newest ? Math.max(0, at - row.newest) : null };
  };
}

/** Holds what was sent against what is stored, from the first day to the end of today. */
export async function compareBooks(
  system: System,
  totals: Totals,
  from: number,
  now: number,
): Promise<{ stored: DayTotal[]; found: Difference[] }> {
  const to = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
  const stored = await ask(system.clickhouse, storedTotals(scopeOf(null), from, to));
  return { stored, found: differences(totals.rows(), stored) };
}
