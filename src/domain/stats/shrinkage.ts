/**
 * Empirical-Bayes shrinkage of observed effects. The experiments that look best are partly the luckiest, so their observed lifts overstate
 * what was won. Effects are taken as drawn from a normal distribution, which is estimated from all of them, and each is pulled towards its
 * mean, the more the noisier it is (Efron and Morris, JASA 1973; Morris, JASA 1983).
 */
import { normalQuantile } from './normal.ts';
import { rootOfIncreasing } from './root.ts';

export type Observed = { effect: number; standardError: number };
/** What effects are like before anything is seen: a normal distribution. */
export type Prior = { mean: number; standardDeviation: number };
export type Shrunk = Observed & { interval: readonly [lower: number, upper: number]; weight: number };

/** Fewer effects say too little about their spread. */
const LEAST_EFFECTS = 3;
/** Relative lifts are mostly small, whatever was hoped for: the prior where there are too few experiments to estimate one. */
export const cautiousPrior: Readonly<Prior> = { mean: 0, standardDeviation: 0.05 };

const usable = ({ standardError }: Observed): boolean => standardError > 0 && Number.isFinite(standardError);

/** The weighted mean and spread of the effects if their true values spread by `spread` (a variance). */
function weigh(observed: readonly Observed[], spread: number): { mean: number; excess: number } {
  const weights = observed.map(({ standardError }) => 1 / (standardError ** 2 + spread));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = observed.reduce((sum, { effect }, i) => sum + (weights[i] ?? 0) * effect, 0) / total;
  const statistic = observed.reduce((sum, { effect }, i) => sum + (weights[i] ?? 0) * (effect - mean) ** 2, 0);
  return { mean, excess: statistic - (observed.length - 1) };
}

/** Paule and Mandel's estimate (Journal of Research of the NBS 87, 1982): the spread at which the weighted squares are what noise alone gives. */
export function estimatePrior(observed: readonly Observed[]): Prior {
  const used = observed.filter(usable);
  if (used.length < LEAST_EFFECTS) return cautiousPrior;
  const atNone = weigh(used, 0);
  if (atNone.excess <= 0) return { mean: atNone.mean, standardDeviation: 0 };
  const size = Math.max(...used.map(({ effect, standardError }) => Math.abs(effect) + standardError));
  const logSpread = rootOfIncreasing((log) => -weigh(used, Math.exp(log)).excess, 2 * Math.log(size) - 2, 2);
  const spread = Math.exp(logSpread);
  return { mean: weigh(used, spread).mean, standardDeviation: Math.sqrt(spread) };
}

/** The effect as it is to be believed, with an interval that holds the truth with probability 1 - alpha. */
export function shrink({ effect, standardError }: Observed, prior: Readonly<Prior>, alpha = 0.05): Shrunk {
  const spread = prior.standardDeviation ** 2;
  const weight = spread + standardError ** 2 > 0 ? spread / (spread + standardError ** 2) : 0;
  const believed = prior.mean + weight * (effect - prior.mean);
  const error = Math.sqrt(weight) * standardError;
  const half = -normalQuantile(alpha / 2) * error;
  return { effect: believed, standardError: error, interval: [believed - half, believed + half], weight };
}
