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
  /** Since the sample before. */
  perSecond: number;
  /** Age of the newest event that can be queried, ms; null while there is none of the last minutes. */
  behindMs: number | null;
};

/** Takes samples of the store; each call is one. */
export function createSpeedometer(system: System, now: () => number): () => Promise<Sample> {
  let last: { at: number; stored: number } | null = null;
  return async () => {
    const at = now();
    const [row] = await ask(system.clickhouse, storedEvents(at));
    const stored = row?.rows ?? 0;
    const perSecond = last === null || at === last.at ? 0 : ((stored - last.stored) / (at - last.at)) * 1000;
    last = { at, stored };
    return { at, stored, perSecond, behindMs: row?.newest ? Math.max(0, at - row.newest) : null };
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
