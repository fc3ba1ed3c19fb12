/** Days whose totals a person entered by hand: what they say stands, and what is known of the features is part of it. */
import { PLATFORM } from '../event.ts';
import { costOf, mergeCells, noSums, type RoiCell, totalOf } from './cell.ts';

export type ManualDay = { day: string; valueUsdMicros: number; costUsdMicros: number };

/** The difference between what was entered and what the features add up to, as a cell of nobody's. */
function difference({ day, valueUsdMicros, costUsdMicros }: ManualDay, cells: readonly RoiCell[]): RoiCell {
  const sums = totalOf(cells.filter((cell) => cell.day === day));
  const value = valueUsdMicros - sums.valueUsdMicros;
  return {
    ...noSums,
    day,
    tenantId: '',
    featureId: PLATFORM,
    valueUsdMicros: value,
    manualValueUsdMicros: value,
    directCostUsdMicros: costUsdMicros - costOf(sums),
  };
}

/** The cells, with which the days entered by hand add up to what was entered. */
export function withManualDays(cells: readonly RoiCell[], manual: readonly ManualDay[]): RoiCell[] {
  return mergeCells([...cells, ...manual.map((one) => difference(one, cells))]);
}
