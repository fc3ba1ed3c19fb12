/** What is kept of many values of one series: sums that merge exactly, in any order and any grouping. */

/** Money in millionths of a US dollar. `min` and `max` are null while `n` is 0. */
export type Aggregate = {
  n: number;
  sum: number;
  sumSquares: number;
  min: number | null;
  max: number | null;
  valueUsdMicros: number;
  costUsdMicros: number;
};

export const emptyAggregate = (): Aggregate => ({ n: 0, sum: 0, sumSquares: 0, min: null, max: null, valueUsdMicros: 0, costUsdMicros: 0 });

/** Adds one observation. */
export function addValue(into: Aggregate, value: number, valueUsdMicros: number): void {
  into.n += 1;
  into.sum += value;
  into.sumSquares += value * value;
  into.valueUsdMicros += valueUsdMicros;
  if (into.min === null || value < into.min) into.min = value;
  if (into.max === null || value > into.max) into.max = value;
}

/**
 * Takes one observation out again. The extremes cannot be undone from sums.
 * @returns false when `min` or `max` was this value, so that the caller must look for the next one
 */
export function removeValue(from: Aggregate, value: number, valueUsdMicros: number): boolean {
  from.n -= 1;
  from.sum -= value;
  from.sumSquares -= value * value;
  from.valueUsdMicros -= valueUsdMicros;
  if (from.n > 0) return value !== from.min && value !== from.max;
  // No rest of rounding may stay behind when nothing is left.
  Object.assign(from, { sum: 0, sumSquares: 0, min: null, max: null });
  return true;
}

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));

/** Adds all of `other`. */
export function mergeInto(into: Aggregate, other: Aggregate): void {
  into.n += other.n;
  into.sum += other.sum;
  into.sumSquares += other.sumSquares;
  into.min = least(into.min, other.min);
  into.max = most(into.max, other.max);
  into.valueUsdMicros += other.valueUsdMicros;
  into.costUsdMicros += other.costUsdMicros;
}

/** All of them as one. */
export function mergeAll(parts: Iterable<Aggregate>): Aggregate {
  const whole = emptyAggregate();
  for (const part of parts) mergeInto(whole, part);
  return whole;
}
