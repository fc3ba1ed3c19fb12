/**
 * Means per unit without a memory of units: every unit belongs to one of a fixed number of buckets (by a hash), and only the buckets' sums
 * are kept. All values of a unit fall into one bucket, so the spread between buckets knows how much units differ and how alike one unit's
 * values are: twenty events of one user do not pass for twenty users. The state stays of one size however many units there are.
 */
import { type Moments, ratioMoments } from './moments.ts';
import { noPairs, type PairedSums } from './sums.ts';

/** For each bucket: the number of values and their sum. */
export type Buckets = { counts: readonly number[]; sums: readonly number[] };

/** So many that the spread between them is known well (about 8 % of its value), so few that a state is a few kilobytes. */
export const DEFAULT_BUCKETS = 64;

export const emptyBuckets = (size: number): Buckets => ({ counts: Array<number>(size).fill(0), sums: Array<number>(size).fill(0) });

/** `n` values that sum to `sum`, all of units in this bucket. */
export type BucketValues = { bucket: number; n: number; sum: number };

export function addToBucket({ counts, sums }: Buckets, { bucket, n, sum }: BucketValues): Buckets {
  return { counts: counts.with(bucket, (counts[bucket] ?? 0) + n), sums: sums.with(bucket, (sums[bucket] ?? 0) + sum) };
}

export function mergeBuckets(a: Buckets, b: Buckets): Buckets {
  const plus = (x: readonly number[], y: readonly number[]): number[] => x.map((value, i) => value + (y[i] ?? 0));
  return { counts: plus(a.counts, b.counts), sums: plus(a.sums, b.sums) };
}

/** The buckets that have values, as units of a ratio: sum of values by number of values. A plain loop, since guards ask for this at every look. */
function sumsOfBuckets({ counts, sums }: Buckets): PairedSums {
  const total = { ...noPairs };
  for (let i = 0; i < counts.length; i += 1) {
    const [n, sum] = [counts[i] ?? 0, sums[i] ?? 0];
    if (n === 0) continue;
    total.n += 1;
    total.sum += sum;
    total.sumSquares += sum * sum;
    total.otherSum += n;
    total.otherSumSquares += n * n;
    total.crossSum += sum * n;
  }
  return total;
}

/** The mean of all values; its standard error is the delta method's with buckets as the units. n counts values. */
export function bucketMoments(buckets: Buckets): Moments {
  const sums = sumsOfBuckets(buckets);
  const { mean, variance } = ratioMoments(sums);
  const n = sums.otherSum;
  return { n, mean, variance: sums.n > 0 ? (variance / sums.n) * n : 0, replicates: sums.n };
}

/** The bucket of a unit: FNV-1a over its UTF-16 code units with a salt of its own, so that it has nothing to do with the variant. */
export function bucketOfUnit(unitId: string, buckets: number): number {
  const text = `guard:${unitId}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The low bits of FNV are the least mixed: fold the high ones in.
  return ((hash ^ (hash >>> 15)) >>> 0) % buckets;
}
