/** Alpha spending (Lan and DeMets, Biometrika 70, 1983): how much of the error probability may be used up when a share of the information is in. */
import { normalCdf, normalQuantile } from './normal.ts';

export const spendings = ['obrien_fleming', 'pocock'] as const;
export type Spending = (typeof spendings)[number];

/**
 * One-sided error probability spent up to the information share t, from 0 to 1.
 * O'Brien-Fleming's spends next to nothing early, 2 - 2 Phi(z / sqrt t); Pocock's spends evenly, alpha log(1 + (e - 1) t).
 */
export function spent(spending: Spending, alpha: number, t: number): number {
  if (t >= 1) return alpha;
  if (t <= 0) return 0;
  switch (spending) {
    case 'obrien_fleming':
      return 2 * normalCdf(normalQuantile(alpha / 2) / Math.sqrt(t));
    case 'pocock':
      return alpha * Math.log1p((Math.E - 1) * t);
    default:
      return spending satisfies never;
  }
}
