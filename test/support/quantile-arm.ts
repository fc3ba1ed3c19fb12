/** What ClickHouse tells of one arm's measurements around a quantile, computed from the measurements themselves. */
import type { QuantileRow } from '../../src/domain/experiment.ts';
import { enclosingDistance, quantileRungs } from '../../src/domain/stats/quantile.ts';
import { pairedSumsOf } from '../../src/domain/stats/sums.ts';

/** @param units the measurements of each */
export function quantileRowOf(units: readonly (readonly number[])[], level: number, of: { stage: string; variant: string }): QuantileRow {
  const ordered = Float64Array.from(units.flat()).sort();
  const size = ordered.length;
  const at = (rank: number): number => ordered[Math.min(size, Math.max(1, Math.ceil(rank * size))) - 1] ?? Number.NaN;
  const value = at(level);
  const distances = quantileRungs.map((rung) => rung * enclosingDistance(size, level));
  const below = units.map((unit) => [unit.filter((one) => one <= value).length, unit.length] as const);
  return {
    ...of,
    ...pairedSumsOf(below),
    values: size,
    value,
    lower: distances.map((distance) => at(level - distance)),
    upper: distances.map((distance) => at(level + distance)),
  };
}
