/** ROI of what is forecast: a ratio of two uncertain totals. */

export type Uncertain = { estimate: number; standardError: number };
export type RatioInterval = { lower: number; upper: number };

/** Pearson's correlation of two series of errors of equal length; 0 where one of them never errs. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [a, b].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length) as [number, number];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, (b[i] as number) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/**
 * The interval of numerator / denominator by Fieller's theorem (E. C. Fieller, "Some problems in interval estimation", JRSS B 16, 1954): all r
 * with (N - r D)^2 <= w^2 Var(N - r D).
 * @param width the quantile of the wanted probability
 * @returns null where the denominator cannot be told from nothing: the ratio may then be anything
 */
export function fieller(numerator: Uncertain, denominator: Uncertain, correlated: number, width: number): RatioInterval | null {
  const squared = width * width;
  const covariance = correlated * numerator.standardError * denominator.standardError;
  const a = denominator.estimate ** 2 - squared * denominator.standardError ** 2;
  const b = numerator.estimate * denominator.estimate - squared * covariance;
  const c = numerator.estimate ** 2 - squared * numerator.standardError ** 2;
  if (a <= 0) return null;
  // Above 0 in exact arithmetic; rounding may bring a certain ratio a little below.
  const half = Math.sqrt(Math.max(0, b * b - a * c));
  return { lower: (b - half) / a, upper: (b + half) / a };
}
