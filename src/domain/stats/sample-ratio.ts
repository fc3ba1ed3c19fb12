/** Are the arms as large as they were meant to be? If not, units were lost or doubled in one of them, and no comparison can be trusted. */
import { chiSquaredTail } from './chi-squared.ts';

/** Below this p the arms' sizes are a fault and not chance. */
export const SAMPLE_RATIO_ALPHA = 0.001;
/** From this share of units that were seen in two variants on, assignment itself is broken. */
export const UNHEALTHY_SHARE = 0.01;

/** Units of each arm, and the weights by which they should have been split. */
export type Split = { units: readonly number[]; weights: readonly number[] };

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Pearson's statistic. Arms of weight 0 are left out. */
function statisticOf({ units, weights }: Split): { statistic: number; degreesOfFreedom: number } {
  const used = units.map((observed, i) => ({ observed, weight: weights[i] ?? 0 })).filter(({ weight }) => weight > 0);
  const share = total(used.map(({ observed }) => observed)) / total(used.map(({ weight }) => weight));
  if (!(share > 0)) return { statistic: 0, degreesOfFreedom: 0 };
  const statistic = total(used.map(({ observed, weight }) => (observed - weight * share) ** 2 / (weight * share)));
  return { statistic, degreesOfFreedom: used.length - 1 };
}

/**
 * Chi-squared test that units were split by the weights. Several splits, one for each stage of a rollout, are tested together.
 * @returns the p-value; 1 where there is nothing to test
 */
export function sampleRatioP(...splits: readonly Split[]): number {
  const parts = splits.map(statisticOf);
  const degreesOfFreedom = total(parts.map((part) => part.degreesOfFreedom));
  return degreesOfFreedom > 0 ? chiSquaredTail(total(parts.map(({ statistic }) => statistic)), degreesOfFreedom) : 1;
}
