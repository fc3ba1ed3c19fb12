/**
 * Sufficient statistics of one arm: all that a test needs to know of its units. They merge by adding, so that any parts, days or shards
 * give what the whole gives, in any order. One unit is one randomised user: add the unit's total or mean, never its single events.
 */

/** n units, the sum of their values and of the squares. For a proportion the values are 0 and 1, so sumSquares = sum. */
export type Sums = { n: number; sum: number; sumSquares: number };

/** The same with a second value a unit: the denominator of a ratio, or what the unit did before the experiment. */
export type PairedSums = Sums & {
  /** Sum of the second value. */
  otherSum: number;
  /** Sum of its squares. */
  otherSumSquares: number;
  /** Sum of first value x second value. */
  crossSum: number;
};

export const noUnits: Readonly<Sums> = { n: 0, sum: 0, sumSquares: 0 };
export const noPairs: Readonly<PairedSums> = { ...noUnits, otherSum: 0, otherSumSquares: 0, crossSum: 0 };

export function mergeSums(a: Readonly<Sums>, b: Readonly<Sums>): Sums {
  return { n: a.n + b.n, sum: a.sum + b.sum, sumSquares: a.sumSquares + b.sumSquares };
}

export function mergePaired(a: Readonly<PairedSums>, b: Readonly<PairedSums>): PairedSums {
  return {
    ...mergeSums(a, b),
    otherSum: a.otherSum + b.otherSum,
    otherSumSquares: a.otherSumSquares + b.otherSumSquares,
    crossSum: a.crossSum + b.crossSum,
  };
}

export const sumsOf = (values: Iterable<number>): Sums => {
  const sums = { ...noUnits };
  for (const value of values) {
    sums.n += 1;
    sums.sum += value;
    sums.sumSquares += value * value;
  }
  return sums;
};

/** Sums of (value, other value) of each unit. */
export const pairedSumsOf = (units: Iterable<readonly [value: number, other: number]>): PairedSums => {
  const sums = { ...noPairs };
  for (const [value, other] of units) {
    sums.n += 1;
    sums.sum += value;
    sums.sumSquares += value * value;
    sums.otherSum += other;
    sums.otherSumSquares += other * other;
    sums.crossSum += value * other;
  }
  return sums;
};
