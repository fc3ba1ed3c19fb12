/**
 * Safe Bernoulli test of harm: is the rate of a bad outcome (error, churn) in treatment higher than the margin allows? Its e-value may be
 * looked at after every outcome; under the null it ever reaches 1 / alpha with probability alpha at most. Turner, Ly and Grunwald, Generic
 * E-variables for exact sequential k-sample tests that allow for optional stopping (JSPI 230, 2024).
 *
 * Outcomes are taken in blocks. A block's e-variable is the likelihood ratio of (q in control, p in treatment) against the nearest point of
 * the null; q is control's rate in the blocks before, p has the odds of q times a size; the sizes are mixed evenly. A block ends when both
 * arms have enough outcomes: its end depends on the order of arrival and never on an outcome, which is what makes it valid.
 * Outcomes must be independent. Where one user makes many, use one outcome for each user, or the guard for means (mean-guard.ts).
 */
import { type Margin, noMargin } from './margin.ts';
import { borne, nearestNull } from './null-line.ts';

/** Outcomes, and how many of them were bad. */
export type Counts = { n: number; events: number };
export type ArmCounts = { control: Counts; treatment: Counts };
export type ArmName = keyof ArmCounts;

export type SafeTest = {
  /** Odds ratios of harm that are looked for, each above 1. */
  oddsSizes: readonly number[];
  margin: Readonly<Margin>;
  /** Outcomes that each arm must have for a block to end: fewer speak sooner, more use each outcome better. */
  blockSize: number;
  /** What control is thought to look like before there are any outcomes. */
  prior: Readonly<Counts>;
};

/** Plain data of fixed size: it can be written to a changelog and read back. */
export type SafeTestState = {
  /** Natural logarithm of the e-value for each size of the odds. */
  logEvidence: number[];
  /** The highest logarithm of the mixture so far. */
  peak: number;
  closed: ArmCounts;
  /** The block that has not ended. */
  pending: ArmCounts;
  /** The stage that the pending block belongs to. */
  stage: string;
};

export type Outcomes = Counts & { stage: string; arm: ArmName };

export const defaultSafeTest: Readonly<SafeTest> = {
  oddsSizes: [1.3, 2, 4, 9],
  margin: noMargin,
  blockSize: 5,
  prior: { n: 20, events: 0.5 },
};

const none: Readonly<Counts> = { n: 0, events: 0 };
const noOutcomes = (): ArmCounts => ({ control: { ...none }, treatment: { ...none } });
const add = (a: Counts, b: Counts): Counts => ({ n: a.n + b.n, events: a.events + b.events });
const addArms = (a: ArmCounts, b: ArmCounts): ArmCounts => ({
  control: add(a.control, b.control),
  treatment: add(a.treatment, b.treatment),
});

export function initialSafeTest(test: Readonly<SafeTest>): SafeTestState {
  return { logEvidence: test.oddsSizes.map(() => 0), peak: 0, closed: noOutcomes(), pending: noOutcomes(), stage: '' };
}

const logLikelihood = ({ n, events }: Counts, rate: number): number => events * Math.log(rate) + (n - events) * Math.log1p(-rate);

const withOdds = (rate: number, size: number): number => (size * rate) / (1 - rate + size * rate);

/** The logarithm of a block's e-variable for one size of the odds. 0 where the alternative is within the margin: then it bets nothing. */
function logFactor({ control, treatment }: ArmCounts, q: number, size: number, margin: Readonly<Margin>): number {
  const p = withOdds(q, size);
  if (p <= borne(margin, q)) return 0;
  const nearest = nearestNull({ control: q, treatment: p }, { control: control.n, treatment: treatment.n }, margin);
  const ratio = (counts: Counts, rate: number, nullRate: number): number => logLikelihood(counts, rate) - logLikelihood(counts, nullRate);
  return ratio(treatment, p, nearest.treatment) + ratio(control, q, nearest.control);
}

/** The logarithm of the evenly mixed e-value. */
function logMixture(logEvidence: readonly number[]): number {
  const top = Math.max(...logEvidence);
  return top + Math.log(logEvidence.reduce((sum, one) => sum + Math.exp(one - top), 0) / logEvidence.length);
}

function closeBlock(test: Readonly<SafeTest>, state: SafeTestState): SafeTestState {
  const { pending, closed } = state;
  const q = (closed.control.events + test.prior.events) / (closed.control.n + test.prior.n);
  const logEvidence = state.logEvidence.map((before, i) => before + logFactor(pending, q, test.oddsSizes[i] ?? 1, test.margin));
  const peak = Math.max(state.peak, logMixture(logEvidence));
  return { ...state, logEvidence, peak, closed: addArms(closed, pending), pending: noOutcomes() };
}

/** Takes in outcomes of one arm: one, or as many as came together. */
export function observeOutcomes(test: Readonly<SafeTest>, state: SafeTestState, { stage, arm, n, events }: Outcomes): SafeTestState {
  // What is left of the last stage's block is dropped: the split has changed, and stages are not mixed.
  const pending = stage === state.stage ? { ...state.pending } : noOutcomes();
  pending[arm] = add(pending[arm], { n, events });
  const next = { ...state, stage, pending };
  const full = pending.control.n >= test.blockSize && pending.treatment.n >= test.blockSize;
  return full ? closeBlock(test, next) : next;
}

/** The e-value now: how many times a bet against "no harm" has multiplied its stake. */
export const eValue = (state: SafeTestState): number => Math.exp(logMixture(state.logEvidence));

/** Was harm shown, now or before? Chance of that without harm: alpha at most. */
export const showsHarm = (state: SafeTestState, alpha: number): boolean => state.peak >= -Math.log(alpha);

/** The always-valid p-value. */
export const safeP = (state: SafeTestState): number => Math.exp(-state.peak);
