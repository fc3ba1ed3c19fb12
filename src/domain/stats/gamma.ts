/**
 * Logarithms of the gamma and beta functions and the regularised incomplete gamma function, to about 1e-14.
 * jstat's are not used: its `gammaln` is right to 2e-10 only, and its incomplete gamma function loses the upper tail (relative error 1 at p = 1e-17).
 */

/** Coefficients B(2k) / (2k (2k-1)) of Stirling's series, DLMF 5.11.1. */
const stirlingTerms = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156, -3617 / 122_400];
const STIRLING_FROM = 12;
const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);

function stirlingSeries(x: number): number {
  const inverseSquare = 1 / (x * x);
  return stirlingTerms.reduceRight((sum, term) => sum * inverseSquare + term, 0) / x;
}

/** The logarithm of the gamma function for x > 0: Stirling's series, after moving small arguments up by the recurrence. */
export function logGamma(x: number): number {
  let product = 1;
  let y = x;
  for (; y < STIRLING_FROM; y += 1) product *= y;
  return (y - 0.5) * Math.log(y) - y + HALF_LOG_2_PI + stirlingSeries(y) - Math.log(product);
}

/** What Stirling's formula leaves of log gamma(x), the "delta" of Loader, Fast and accurate computation of binomial probabilities (2000). */
export function stirlingError(x: number): number {
  return x >= STIRLING_FROM ? stirlingSeries(x) : logGamma(x) - ((x - 0.5) * Math.log(x) - x + HALF_LOG_2_PI);
}

/** The logarithm of the beta function. The large terms of Stirling's formula are cancelled by hand, or a = 1e6 would cost six digits. */
export function logBeta(a: number, b: number): number {
  const large = Math.max(a, b);
  const small = Math.min(a, b);
  const corrections = stirlingError(large) + stirlingError(small) - stirlingError(large + small);
  const ratio = small / large;
  return (
    HALF_LOG_2_PI + corrections - (large - 0.5) * Math.log1p(ratio) + small * (Math.log(ratio) - Math.log1p(ratio)) - 0.5 * Math.log(small)
  );
}

/** u - log(1 + u), whose two terms cancel near 0. */
function deviance(u: number): number {
  if (Math.abs(u) > 0.1) return u - Math.log1p(u);
  let sum = 0;
  let power = -u;
  for (let k = 2; k < 24; k += 1) {
    power *= -u;
    sum += power / k;
  }
  return sum;
}

/** x^a e^-x / gamma(a), in Loader's saddle-point form: exact where a and x are large and close. */
const gammaPrefactor = (a: number, x: number): number =>
  Math.sqrt(a / (2 * Math.PI)) * Math.exp(-a * deviance((x - a) / a) - stirlingError(a));

/** The series of DLMF 8.7.1: the lower function over its prefactor. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

const TINY = 1e-300;
const CONVERGED = 1e-16;
const MOST_TERMS = 100_000;

/** The continued fraction of DLMF 8.9.2 by Lentz's method: the upper function over its prefactor. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let i = 1; i < MOST_TERMS; i += 1) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b || TINY);
    c = b + an / c || TINY;
    value *= d * c;
    if (Math.abs(d * c - 1) < CONVERGED) break;
  }
  return value;
}

/** The regularised upper incomplete gamma function Q(a, x), without cancellation where it is small. a > 0, x >= 0. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const prefactor = gammaPrefactor(a, x);
  return x < a + 1 ? 1 - prefactor * lowerSeries(a, x) : prefactor * upperFraction(a, x);
}
