/** How much worse a metric may become before it counts as harm, and how far a pair of arms is from there. */
import { scaled } from './moments.ts';
import type { Pair } from './pair.ts';

/** Which way is better: lower for response times, churn and errors. */
export const betters = ['higher', 'lower'] as const;
export type Better = (typeof betters)[number];

/** relative x |control| + absolute, the latter in the unit of the metric: `{ relative: 0.1, absolute: 0 }` bears a drop of 10 %. */
export type Margin = { relative: number; absolute: number };

export const noMargin: Readonly<Margin> = { relative: 0, absolute: 0 };

/** The distance that the margin bears at this mean of control. */
export const allowance = ({ relative, absolute }: Readonly<Margin>, controlMean: number): number =>
  relative * Math.abs(controlMean) + absolute;

export type Distance = { estimate: number; standardError: number };

/**
 * How far treatment is on the good side of what the margin bears; below 0: it is worse than that. The margin's relative part is a share of
 * control's true mean, so control's noise counts by that much more or less.
 * @returns null where an arm does not vary: nothing can be told then
 */
export function distanceFromHarm({ control, treatment }: Pair, better: Better, margin: Readonly<Margin>): Distance | null {
  if (control.variance <= 0 || treatment.variance <= 0) return null;
  const sign = better === 'higher' ? 1 : -1;
  const edge = scaled(control, 1 - sign * margin.relative * (control.mean < 0 ? -1 : 1));
  const estimate = sign * (treatment.mean - edge.mean) + margin.absolute;
  return { estimate, standardError: Math.sqrt(edge.variance / edge.n + treatment.variance / treatment.n) };
}
