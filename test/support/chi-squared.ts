/** Whether counts are what chance would make of the expected ones. */
import jstat from 'jstat';

const { chisquare } = (jstat as unknown as { jStat: { chisquare: { inv(p: number, degreesOfFreedom: number): number } } }).jStat;

/** Pearson's statistic. */
export function chiSquared(seen: readonly number[], expected: readonly number[]): number {
  return seen.reduce((sum, count, i) => sum + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0);
}

/** The value that a statistic of chance alone stays below with this probability. */
export const quantileOfChiSquared = (degreesOfFreedom: number, probability: number): number => chisquare.inv(probability, degreesOfFreedom);

/** How many items fall into each cell. */
export function countsOf<T>(items: readonly T[], cells: number, cellOf: (item: T) => number): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (const item of items) counts[cellOf(item)] = (counts[cellOf(item)] ?? 0) + 1;
  return counts;
}

/** Whether these counts, expected to be equal, are so uneven that chance makes them only once in a million times. */
export function uneven(counts: readonly number[]): boolean {
  const each = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return (
    chiSquared(
      counts,
      counts.map(() => each),
    ) > quantileOfChiSquared(counts.length - 1, 1 - 1e-6)
  );
}
