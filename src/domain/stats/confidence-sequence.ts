/**
 * Asymptotic confidence sequences: intervals that cover the truth at all times at once, so one may look at them whenever one likes and
 * stop at will. Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic confidence sequences
 * (Annals of Statistics 2024; arXiv 2103.06476v7, whose equation numbers stand below). As GrowthBook uses them: time counts units of both arms.
 * They trust the normal approximation, so do not act on them before some dozens of units.
 */

/** Units at which the sequence is narrowest, unless told otherwise: GrowthBook's default. */
export const DEFAULT_TUNING_UNITS = 5000;

/** An estimate after `units` units; `standardError` is that of the estimate. */
export type Estimate = { estimate: number; standardError: number; units: number };

/** Eq. 161: the mixture's scale that makes the sequence of error probability alpha narrowest at `tuningUnits`. */
export function mixtureScale(alpha: number, tuningUnits: number): number {
  const bits = -2 * Math.log(alpha);
  return Math.sqrt((bits + Math.log(bits + 1)) / tuningUnits);
}

/** The half width in standard errors that the logarithm of an evidence asks for; `units` x scale^2 is called v. */
const widthFor = (v: number, logEvidence: number): number => Math.sqrt((2 * (v + 1) * logEvidence) / v);

/** Eq. 155: half the width of the two-sided interval, in the estimate's unit. */
export function twoSidedHalfWidth(standardError: number, units: number, alpha: number, tuningUnits = DEFAULT_TUNING_UNITS): number {
  const v = units * mixtureScale(alpha, tuningUnits) ** 2;
  return standardError * widthFor(v, 0.5 * Math.log1p(v) - Math.log(alpha));
}

/** The two-sided always-valid p-value: the inverse of the normal mixture's e-value, whose scale is that of `alpha`. It is below alpha just when the interval misses 0. */
export function twoSidedP({ estimate, standardError, units }: Estimate, alpha: number, tuningUnits = DEFAULT_TUNING_UNITS): number {
  const v = units * mixtureScale(alpha, tuningUnits) ** 2;
  const logEvidence = (((estimate / standardError) ** 2 / 2) * v) / (v + 1) - 0.5 * Math.log1p(v);
  return Math.min(1, Math.exp(-logEvidence));
}

/** A one-sided sequence of alpha is about as wide as a two-sided one of twice that: so it is tuned. */
const oneSidedScale = (alpha: number, tuningUnits: number): number => mixtureScale(2 * alpha, tuningUnits);

/**
 * Eq. 134: how far a one-sided bound is from the estimate, in the estimate's unit.
 * @param alpha chance that the bound is ever on the wrong side; below 0.5
 */
export function oneSidedWidth(standardError: number, units: number, alpha: number, tuningUnits = DEFAULT_TUNING_UNITS): number {
  const v = units * oneSidedScale(alpha, tuningUnits) ** 2;
  return standardError * widthFor(v, Math.log1p(Math.sqrt(v + 1) / (2 * alpha)));
}

/** The always-valid p-value of "the truth is 0 or less": below alpha just when the lower bound is above 0. */
export function oneSidedP({ estimate, standardError, units }: Estimate, alpha: number, tuningUnits = DEFAULT_TUNING_UNITS): number {
  if (estimate <= 0) return 1;
  const v = units * oneSidedScale(alpha, tuningUnits) ** 2;
  const exponent = (((estimate / standardError) ** 2 / 2) * v) / (v + 1);
  return Math.min(1, Math.sqrt(v + 1) / (2 * Math.expm1(exponent)));
}
