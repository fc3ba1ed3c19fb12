/** What is remembered of a day that changed after it was complete: its figures before and after. */
import { valuedFeatures } from '../event.ts';
import { roiPercent, usdOfMicros } from '../roi.ts';
import { costOf, type RoiCell, totalOf } from './cell.ts';

export type SnapshotFigures = { valueUsd: string; costUsd: string; roiPercent: number | null };
/** A day's figures as people read them: to the millionth of a dollar. */
export type DaySnapshot = SnapshotFigures & { features: Record<string, SnapshotFigures & { usage: number }> };

function figures(cells: readonly RoiCell[]): SnapshotFigures {
  const sums = totalOf(cells);
  const cost = costOf(sums);
  return { valueUsd: usdOfMicros(sums.valueUsdMicros), costUsd: usdOfMicros(cost), roiPercent: roiPercent(sums.valueUsdMicros, cost) };
}

/** The figures of one day's cells. */
export function snapshotOf(cells: readonly RoiCell[]): DaySnapshot {
  const byFeature = Map.groupBy(cells, ({ featureId }) => featureId);
  const names = [...new Set([...valuedFeatures, ...[...byFeature.keys()].sort()])];
  const features = names.map((name) => {
    const own = byFeature.get(name) ?? [];
    return [name, { ...figures(own), usage: totalOf(own).usage }] as const;
  });
  return { ...figures(cells), features: Object.fromEntries(features) };
}

const usedOf = ({ features }: DaySnapshot): string =>
  JSON.stringify(
    Object.entries(features)
      .filter(([, one]) => one.usage !== 0 || one.valueUsd !== '0.000000' || one.costUsd !== '0.000000')
      .map(([name, { valueUsd, costUsd, usage }]) => [name, valueUsd, costUsd, usage])
      .sort(),
  );

/** Whether any figure of a feature differs. */
export function differs(before: DaySnapshot, after: DaySnapshot): boolean {
  return usedOf(before) !== usedOf(after);
}
