/** The calculation of days: measurements from ClickHouse, manual entries from Postgres, costs of whatever source -> cells. */
import type { CostLine } from '../../domain/cost.ts';
import { ImpactError } from '../../domain/errors.ts';
import type { RoiCell } from '../../domain/roi/cell.ts';
import { withManualDays } from '../../domain/roi/manual-day.ts';
import { accruedCosts, type SharingKey, withCosts } from '../../domain/roi/sharing.ts';
import { type RoiDay, type ValueRow, valueCells } from '../../domain/roi/value.ts';
import { coarsestTier, expired, type Tier } from '../../domain/tier.ts';
import { plusDays, startOfDay } from '../../domain/zone.ts';
import { type CostDeps, costsOfDays, type Days, daysOf } from '../costs.ts';
import type { Scope } from '../scope.ts';
import { manualDays, manualValues } from './manual.ts';
import { type Detail, rowsOfDays } from './rows.ts';

export type RoiDeps = CostDeps & {
  config: CostDeps['config'] & { roiSharedCosts: SharingKey; retentionMinuteDays: number; retentionHourDays: number };
};

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

const tierNames = { '1m': 'minute', '1h': 'hour', '1d': 'day' } as const;

/** From when on the rollups that a day needs are no longer kept, ms; null while they are. */
export function goneBefore(day: RoiDay, config: RoiDeps['config'], now: number): { tier: Tier; keptFrom: number } | null {
  const range = { tier: coarsestTier([day.from, day.to]), from: day.from, to: day.to };
  const retention = { '1m': config.retentionMinuteDays, '1h': config.retentionHourDays, '1d': null };
  const gone = expired([range], retention, now);
  return gone === null ? null : { tier: range.tier, keptFrom: gone.keptFrom };
}

/** A sum over half of the rollups would look like an answer. */
function requireKept([first]: readonly RoiDay[], config: RoiDeps['config'], now: number): void {
  const gone = first === undefined ? null : goneBefore(first, config, now);
  if (gone === null || first === undefined) return;
  const keptFrom = new Date(gone.keptFrom).toISOString();
  const detail = `this needs ${tierNames[gone.tier]} rollups, which are kept from ${keptFrom} on; days in UTC reach further back`;
  throw new ImpactError('bad_request', detail, {
    problems: [{ field: 'date', value: first.day, expected: `${keptFrom.slice(0, 10)} or later` }],
  });
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
 * @throws ImpactError `bad_request` when the rollups of the days are no longer kept
 */
export async function calculateDays(deps: RoiDeps, scope: Scope, span: Days, now: number, detail: Detail = 'worth'): Promise<Calculation> {
  const days = roiDays(deps.config.timeZone, span, now);
  requireKept(days, deps.config, now);
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
