/** Sums of the calculation's books that two calculations can be compared by. */

/** What the comparison needs of a cell of the books. Money in millionths of a US dollar. */
export type RoiCell = {
  day: string;
  featureId: string;
  valueUsdMicros: number;
  directCostUsdMicros: number;
  sharedCostUsdMicros: number;
  commonCostUsdMicros: number;
};

/** Value and cost by "day|feature"; shared and common costs are compared as what they come to together. */
export function sumsOf(cells: readonly RoiCell[]): Map<string, { value: number; cost: number }> {
  const sums = new Map<string, { value: number; cost: number }>();
  for (const cell of cells) {
    const key = `${cell.day}|${cell.featureId}`;
    const sum = sums.get(key) ?? { value: 0, cost: 0 };
    sum.value += cell.valueUsdMicros;
    sum.cost += cell.directCostUsdMicros + cell.sharedCostUsdMicros + cell.commonCostUsdMicros;
    sums.set(key, sum);
  }
  return sums;
}
