/** The calculation of days: measurements from ClickHouse, manual entries from Postgres, costs of whatever source -> cells. */
import type { CostLine } from '../domain/cost.ts';
import type { RoiCell } from '../domain/roi-cell.ts';
import { withManualDays } from '../domain/roi-manual-day.ts';
import { accruedCosts, type SharingKey, withCosts } from '../domain/roi-sharing.ts';
import { type RoiDay, type ValueRow, valueCells } from '../domain/roi-value.ts';
import { plusDays, startOfDay } from '../domain/zone.ts';
import { type CostDeps, costsOfDays, type Days, daysOf } from './costs.ts';
import { manualDays, manualValues } from './roi-manual.ts';
import { type Detail, rowsOfDays } from './roi-rows.ts';
import type { Scope } from './scope.ts';

export type RoiDeps = CostDeps & { config: CostDeps['config'] & { roiSharedCosts: SharingKey } };

/** What was read, and the cells that it makes. */
export type Calculation = { days: RoiDay[]; rows: ValueRow[]; costs: CostLine[]; cells: RoiCell[] };

/** The days of a span that have begun, in a zone; `elapsedMs` is how much of each has passed at `now`. */
export function roiDays(zone: string, span: Days, now: number): RoiDay[] {
  return daysOf(span)
    .map((day) => {
      const [from, to] = [startOfDay(zone, day), startOfDay(zone, plusDays(day, 1))];
      return { day, from, to, elapsedMs: Math.min(to, now) - from };
    })
    .filter(({ elapsedMs }) => elapsedMs > 0);
}

/** One after the other: within a transaction they share a connection. */
async function entered(deps: RoiDeps, scope: Scope, span: Days) {
  const lines = await costsOfDays(deps, scope, span);
  const values = await manualValues(deps.postgres, scope, span);
  return { lines, values, totals: await manualDays(deps.postgres, scope, span) };
}

/**
 * Calculates days in the installation's time zone. The same input gives the same cells, however often and by whomever it is done.
 * @param span `to` is not part of it; days to come are left out
 */
export async function calculateDays(deps: RoiDeps, scope: Scope, span: Days, now: number, detail: Detail = 'worth'): Promise<Calculation> {
  const days = roiDays(deps.config.timeZone, span, now);
  const [rows, { lines, values, totals }] = await Promise.all([
    rowsOfDays(deps.clickhouse, scope, days, detail),
    entered(deps, scope, span),
  ]);
  const costs = accruedCosts(days, lines);
  const cells = withCosts(valueCells(days, rows, values), costs, deps.config.roiSharedCosts);
  return {
    days,
    rows,
    costs,
    cells: withManualDays(
      cells,
      totals.filter(({ day }) => days.some((one) => one.day === day)),
    ),
  };
}
