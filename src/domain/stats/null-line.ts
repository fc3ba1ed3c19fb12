/** The edge of "no more harm than the margin allows", as a line in (control's rate, treatment's rate), and the point of it nearest to an alternative. */
import type { Margin } from './margin.ts';
import { rootOfIncreasing } from './root.ts';

export type Rates = { control: number; treatment: number };

/** Numbers of outcomes in each arm of one block. */
export type BlockSize = { control: number; treatment: number };

/** The highest rate of treatment that the margin bears: (1 + relative) x control + absolute. */
export const borne = ({ relative, absolute }: Readonly<Margin>, control: number): number => (1 + relative) * control + absolute;

/** Slope of n KL(rate || x): (x - rate) / (x (1 - x)) for each outcome. */
const pull = (n: number, rate: number, x: number): number => (n * (x - rate)) / (x * (1 - x));

/**
 * The reverse information projection: the rates on the null's edge that explain outcomes of the alternative best, by Kullback-Leibler
 * divergence over a block. The likelihood ratio against it is an e-variable for every point of the null, since the null is convex (Turner and
 * Grunwald, Exact anytime-valid confidence intervals for contingency tables and beyond, 2022). Without a margin it is the common rate
 * (n p + n' q) / (n + n'), which is (p + q) / 2 for arms of one size.
 * @param alternative harmful rates: treatment above what is borne
 */
export function nearestNull(alternative: Rates, size: BlockSize, margin: Readonly<Margin>): Rates {
  const { control: q, treatment: p } = alternative;
  if (margin.relative === 0 && margin.absolute === 0) {
    const common = (size.treatment * p + size.control * q) / (size.treatment + size.control);
    return { control: common, treatment: common };
  }
  const slope = 1 + margin.relative;
  const end = (p - margin.absolute) / slope;
  const at = (share: number): number => q + share * (end - q);
  const slopeOfDivergence = (share: number): number => {
    const control = at(share);
    return slope * pull(size.treatment, p, borne(margin, control)) + pull(size.control, q, control);
  };
  const control = at(rootOfIncreasing(slopeOfDivergence, 0.5, 0.5));
  return { control, treatment: borne(margin, control) };
}
