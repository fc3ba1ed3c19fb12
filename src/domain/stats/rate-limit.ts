/**
 * Is a rate above a hard limit? An anytime-valid lower bound of one arm's rate, from its counts alone: the mixture of the likelihood over a
 * Beta prior above the limit, against the limit (Robbins, Annals of Mathematical Statistics 41, 1970). Exact for independent outcomes.
 */
import { incompleteBeta } from './beta.ts';
import { logBeta } from './gamma.ts';
import { rootOfIncreasing } from './root.ts';
import type { Counts } from './safe-test.ts';

/** Jeffreys's prior: no rate is thought impossible. */
const PRIOR = 0.5;

const oddsOf = (rate: number): number => rate / (1 - rate);

/** The logarithm of P(rate > limit) x B(a, b) for Beta(a, b). */
const logMassAbove = (a: number, b: number, limit: number): number => logBeta(a, b) + Math.log(incompleteBeta(a, b, oddsOf(limit)).upper);

/**
 * The logarithm of the evidence that the rate is above `limit`. While it is not, this ever reaches log(1 / alpha) with probability alpha at most.
 * @param limit above 0 and below 1
 */
export function logEvidenceAbove({ n, events }: Counts, limit: number): number {
  // At or below the limit every rate above it explains the counts worse: there is no evidence to weigh.
  if (events <= limit * n) return Number.NEGATIVE_INFINITY;
  const mixture = logMassAbove(events + PRIOR, n - events + PRIOR, limit) - logMassAbove(PRIOR, PRIOR, limit);
  return mixture - events * Math.log(limit) - (n - events) * Math.log1p(-limit);
}

/** The greatest limit that the rate is shown to be above: a lower confidence bound that holds at all times with probability 1 - alpha. */
export function lowerRateBound(counts: Counts, alpha: number): number {
  const { n, events } = counts;
  if (events === 0) return 0;
  const needed = -Math.log(alpha);
  const rateAt = (logit: number): number => 1 / (1 + Math.exp(-logit));
  const missing = (logit: number): number => needed - Math.max(-1e6, logEvidenceAbove(counts, rateAt(logit)));
  const start = Math.log((events + 0.5) / (n - events + 0.5)) - 2 / Math.sqrt(events);
  return rateAt(rootOfIncreasing(missing, start, 0.2));
}
