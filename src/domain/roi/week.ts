/** A week's summary: its seven days together, held against the week before. */
import { roiPercent } from '../roi.ts';
import { costOf, type RoiSums, totalOf } from './cell.ts';

export type Week = {
  sums: RoiSums;
  previousValueUsdMicros: number | null;
  previousRoiPercent: number | null;
  /** Change of the value against the week before, percent of it; null where that had none. */
  valueChangePercent: number | null;
  best: { feature: string; valueUsdMicros: number } | null;
};

/** @param previous null: nothing is known of the week before */
export function weekOf(features: ReadonlyMap<string, RoiSums>, previous: RoiSums | null): Week {
  const sums = totalOf([...features.values()]);
  const [best] = [...features].sort(([, a], [, b]) => b.valueUsdMicros - a.valueUsdMicros);
  const before = previous?.valueUsdMicros ?? 0;
  return {
    sums,
    previousValueUsdMicros: previous?.valueUsdMicros ?? null,
    previousRoiPercent: previous === null ? null : roiPercent(previous.valueUsdMicros, costOf(previous)),
    valueChangePercent: before > 0 ? ((sums.valueUsdMicros - before) / before) * 100 : null,
    best: best !== undefined && best[1].valueUsdMicros > 0 ? { feature: best[0], valueUsdMicros: best[1].valueUsdMicros } : null,
  };
}
