/** CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013): what a unit did before the experiment predicts part of what it does in it, and that part is taken out of the noise. */
import { covariances, type Moments } from './moments.ts';
import { mergePaired, type PairedSums } from './sums.ts';

export type Adjusted = {
  control: Moments;
  treatment: Moments;
  /** How much of the pre-period's value is taken off. */
  theta: number;
  /** Correlation of the value with that of the pre-period, within arms. */
  correlation: number;
};

/**
 * theta from both arms together, each around its own means, so that an effect cannot pass for a correlation.
 * [value with value, value with pre-period, pre-period with pre-period]
 */
function pooled(control: Readonly<PairedSums>, treatment: Readonly<PairedSums>): [number, number, number] {
  const [a, b] = [covariances(control), covariances(treatment)];
  const degrees = [Math.max(0, control.n - 1), Math.max(0, treatment.n - 1)] as const;
  const mix = (i: 0 | 1 | 2): number =>
    degrees[0] + degrees[1] > 0 ? (degrees[0] * a[i] + degrees[1] * b[i]) / (degrees[0] + degrees[1]) : 0;
  return [mix(0), mix(1), mix(2)];
}

/** Adjusts around the pre-period's mean of both arms, so that the adjusted means stay at the metric's level and lifts keep their sense. */
function adjust(sums: Readonly<PairedSums>, theta: number, centre: number): Moments {
  const { n, sum, otherSum } = sums;
  if (n < 1) return { n: 0, mean: 0, variance: 0 };
  const [own, cross, pre] = covariances(sums);
  return { n, mean: sum / n - theta * (otherSum / n - centre), variance: Math.max(0, own - 2 * theta * cross + theta ** 2 * pre) };
}

/** @param control, treatment sums of (value in the experiment, value in the pre-period) of each unit; 0 for a unit that was not there before */
export function cuped(control: Readonly<PairedSums>, treatment: Readonly<PairedSums>): Adjusted {
  const [own, cross, pre] = pooled(control, treatment);
  const theta = pre > 0 ? cross / pre : 0;
  const both = mergePaired(control, treatment);
  const centre = both.n > 0 ? both.otherSum / both.n : 0;
  return {
    control: adjust(control, theta, centre),
    treatment: adjust(treatment, theta, centre),
    theta,
    correlation: own > 0 && pre > 0 ? cross / Math.sqrt(own * pre) : 0,
  };
}
