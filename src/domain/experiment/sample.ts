/** Quantiles need measurements, which do not add up as sums do: of much, they are looked at in a sample of units. */

/** So many measurements are looked at, at most and about: all of them lie in memory at a time. */
const MOST_MEASUREMENTS = 2_000_000;

/**
 * One unit in how many is looked at, by a hash of its id; 1: each. Whole units, so that bounds stay those of clusters. A power of two: the sample
 * stays the same while the measurements do not double, and what was kept of it serves on.
 * @param measurements of the period
 */
export const sampleOf = (measurements: number, most = MOST_MEASUREMENTS): number =>
  2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, measurements) / most)));
