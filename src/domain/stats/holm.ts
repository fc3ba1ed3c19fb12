/** Holm's step-down procedure (Scandinavian Journal of Statistics 6, 1979): several goal metrics, one error probability for all of them. */

/** Positions in increasing order of p. */
const ranked = (pValues: readonly number[]): number[] => pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));

/** p-values that may each be held against alpha. They keep their places. */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const adjusted = pValues.map(() => 1);
  let least = 0;
  for (const [rank, position] of ranked(pValues).entries()) {
    least = Math.max(least, Math.min(1, (pValues.length - rank) * (pValues[position] ?? 1)));
    adjusted[position] = least;
  }
  return adjusted;
}

/**
 * The same for tests that give no p-value but know whether they reject at a level, such as group-sequential bounds.
 * @param passes does the test at this position reject at this level?
 */
export function holmPasses(pValues: readonly number[], alpha: number, passes: (position: number, level: number) => boolean): boolean[] {
  const passed = pValues.map(() => false);
  for (const [rank, position] of ranked(pValues).entries()) {
    if (!passes(position, alpha / (pValues.length - rank))) break;
    passed[position] = true;
  }
  return passed;
}
