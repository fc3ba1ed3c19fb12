/**
 * Group-sequential bounds: for a known number of looks, the z that each look must reach so that all of them together err with probability
 * alpha. By the recursive integration of Armitage, McPherson and Rowe (JRSS A 132, 1969; Jennison and Turnbull, Group Sequential Methods, ch. 19).
 */
import { normalCdf, normalQuantile } from './normal.ts';
import { gaussLegendre } from './quadrature.ts';
import { rootOfIncreasing } from './root.ts';
import { type Spending, spent } from './spending.ts';

export type LookPlan = {
  /** Error probability of all looks together: of both sides for a two-sided plan. */
  alpha: number;
  /** Share of the final information at each look, increasing to 1. */
  information: readonly number[];
  spending: Spending;
  sides: 1 | 2;
};

/** So many standard deviations hold everything that matters to the 16th digit. */
const REACH = 9;
/** Below this nothing is spent that could be told from rounding: such an early look needs no integration. */
const NEGLIGIBLE = 1e-18;
/** Beyond this many steps the normal tail is 0 in doubles. */
const TAIL_ENDS = 38;
export const MOST_LOOKS = 120;

/** Scores that have not crossed yet: points, highest first, and the probability at each. A score is z x sqrt(information): its steps are independent. */
type Undecided = { scores: readonly number[]; masses: readonly number[] };

/** Equal steps up to all the information. */
export const evenLooks = (looks: number): number[] => Array.from({ length: looks }, (_, i) => (i + 1) / looks);

/** Probability that the next score is beyond `bound`, on the upper side. */
function crossing({ scores, masses }: Undecided, step: number, bound: number): number {
  let sum = 0;
  for (const [i, score] of scores.entries()) {
    const z = (score - bound) / step;
    if (z < -TAIL_ENDS) break;
    sum += (masses[i] ?? 0) * normalCdf(z);
  }
  return sum;
}

/** Enough points that each step of a score is seen by several; in coarse sizes, so that the rules are few. */
const pointsFor = (width: number, step: number): number => 64 * Math.ceil((48 + (5 * width) / step) / 64);

/** The density of the next score at `score`, times sqrt(2 pi) x step. */
function densityAt({ scores, masses }: Undecided, step: number, score: number): number {
  let sum = 0;
  for (const [i, from] of scores.entries()) {
    const z = (score - from) / step;
    if (z > REACH) break;
    if (z > -REACH) sum += (masses[i] ?? 0) * Math.exp((-z * z) / 2);
  }
  return sum;
}

/** The scores between the bounds after the next step, on quadrature points. */
function advance(undecided: Undecided, step: number, low: number, high: number): Undecided {
  const { nodes, weights } = gaussLegendre(pointsFor(high - low, step));
  const half = (high - low) / 2;
  const scores = nodes.map((node) => low + half * (node + 1));
  const scale = half / (step * Math.sqrt(2 * Math.PI));
  return { scores, masses: scores.map((score, i) => (weights[i] ?? 0) * scale * densityAt(undecided, step, score)) };
}

/** The z beyond which just the increment of the error probability lies. */
function boundOf(undecided: Undecided, step: number, root: number, increment: number, start: number): number {
  const target = Math.log(increment);
  return rootOfIncreasing((z) => target - Math.log(crossing(undecided, step, z * root)), start, 0.05);
}

/** A look that was computed: its bound, and what is undecided after it. */
type Look = { bound: number; undecided: Undecided; information: number; spent: number };

const beforeAll: Look = { bound: 0, undecided: { scores: [0], masses: [1] }, information: 0, spent: 0 };

function nextLook(before: Look, information: number, { alpha, spending, sides }: LookPlan): Look {
  const [step, root] = [Math.sqrt(information - before.information), Math.sqrt(information)];
  const now = spent(spending, alpha / sides, information);
  const alone = -normalQuantile(Math.max(now, Number.MIN_VALUE));
  const bound = now < NEGLIGIBLE ? alone : boundOf(before.undecided, step, root, now - before.spent, alone);
  const high = Math.min(bound, REACH) * root;
  return { bound, undecided: advance(before.undecided, step, sides === 2 ? -high : -REACH * root, high), information, spent: now };
}

const computed = new Map<string, readonly Look[]>();
const MOST_KEPT = 1000;

/** Looks are computed once, and a further look goes on from those before: a calculator asks for one plan thousands of times, a rollout once a day. */
function looksOf(plan: LookPlan): readonly Look[] {
  if (plan.information.length === 0) return [];
  const key = `${plan.alpha} ${plan.spending} ${plan.sides} ${plan.information.join()}`;
  const known = computed.get(key);
  if (known !== undefined) return known;
  const earlier = looksOf({ ...plan, information: plan.information.slice(0, -1) });
  const looks = [...earlier, nextLook(earlier.at(-1) ?? beforeAll, plan.information.at(-1) ?? 1, plan)];
  if (computed.size >= MOST_KEPT) computed.clear();
  computed.set(key, looks);
  return looks;
}

/** The z bound of each look so far. A plan's later looks need not be known: the bounds of the first ones are the same whatever follows. */
export const groupSequentialBounds = (plan: LookPlan): number[] => looksOf(plan).map(({ bound }) => bound);
