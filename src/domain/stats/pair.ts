/** Control and treatment side by side, from one stratum or from several. */
import type { Moments } from './moments.ts';

export type Pair = {
  control: Moments;
  treatment: Moments;
  /** Welch-Satterthwaite; null where nothing varies. */
  degreesOfFreedom: number | null;
  /** How far a sequential test has come: units of both arms, each worth what a unit of the first stratum was. */
  units: number;
};

/** Part of the variance of the difference, estimated from so many independent values. */
type Part = { variance: number; replicates: number };

const partOf = (arm: Moments, weight: number): Part => ({ variance: weight ** 2 * errorOf(arm), replicates: arm.replicates ?? arm.n });

/** Satterthwaite's degrees of freedom of a sum of independent variances (Biometrics Bulletin 2, 1946); Welch's for two. */
function satterthwaite(parts: readonly Part[]): number | null {
  const total = parts.reduce((sum, { variance }) => sum + variance, 0);
  const spread = parts.reduce((sum, { variance, replicates }) => sum + (variance > 0 ? variance ** 2 / (replicates - 1) : 0), 0);
  return spread > 0 ? total ** 2 / spread : null;
}

const errorOf = ({ n, variance }: Moments): number => (n > 0 ? variance / n : 0);

export function pairOf(control: Moments, treatment: Moments): Pair {
  const degreesOfFreedom = satterthwaite([partOf(control, 1), partOf(treatment, 1)]);
  return { control, treatment, degreesOfFreedom, units: control.n + treatment.n };
}

/**
 * For arms of unequal size: both with at least their pooled variance. Where values are skewed, a small arm that happens to lack large ones has a low
 * mean and looks certain of it: at 10 % of the users such an arm condemned a harmless feature four times too often. With no effect both
 * arms vary alike, so this costs little.
 */
export function cautiousPairOf(control: Moments, treatment: Moments): Pair {
  const pooled = (control.n * control.variance + treatment.n * treatment.variance) / (control.n + treatment.n);
  const floored = (arm: Moments): Moments => ({ ...arm, variance: arm.variance > 0 ? Math.max(arm.variance, pooled) : 0 });
  return pairOf(floored(control), floored(treatment));
}

/** What a stratum tells of the difference, in units that vary equally: n n' / (n + n'). */
const information = ({ control, treatment }: Pair): number => (control.n * treatment.n) / (control.n + treatment.n);

const filled = ({ control, treatment }: Pair): boolean => control.n > 0 && treatment.n > 0;

function combineArms(arms: readonly Moments[], weights: readonly number[]): Moments {
  const n = arms.reduce((sum, arm) => sum + arm.n, 0);
  const weighted = (of: (arm: Moments) => number, power: number): number =>
    arms.reduce((sum, arm, i) => sum + (weights[i] ?? 0) ** power * of(arm), 0);
  return { n, mean: weighted(({ mean }) => mean, 1), variance: n * weighted(errorOf, 2) };
}

/**
 * Each unit counts as many of the first stratum's units as it brings information for: in 10 : 90 a unit tells less than in 50 : 50. The
 * mixture behind a confidence sequence then stays the same one while the split changes, which its validity rests on.
 */
function unitsOf(strata: readonly Pair[]): number {
  const [first] = strata as [Pair, ...Pair[]];
  const perUnit = information(first) / first.units;
  return strata.reduce((sum, stratum) => sum + information(stratum), 0) / perUnit;
}

/**
 * Several strata (stages of a rollout, say) as one pair: units are compared within their stratum only, so that a baseline which drifts
 * while the split changes does not look like an effect. Strata are weighted by n n' / (n + n') (Cochran; inverse variance for units that
 * vary equally everywhere): by sizes, not by estimated variances, which go up and down with the means and would bias the result.
 * Strata where an arm is empty say nothing and are left out.
 */
export function stratify(strata: readonly Pair[]): Pair {
  const used = strata.filter(filled);
  const [only] = used;
  if (only === undefined) return strata[0] ?? pairOf({ n: 0, mean: 0, variance: 0 }, { n: 0, mean: 0, variance: 0 });
  if (used.length === 1) return only;
  const total = used.reduce((sum, stratum) => sum + information(stratum), 0);
  const weights = used.map((stratum) => information(stratum) / total);
  const parts = used.flatMap(({ control, treatment }, i) => [control, treatment].map((arm) => partOf(arm, weights[i] ?? 0)));
  return {
    control: combineArms(
      used.map(({ control }) => control),
      weights,
    ),
    treatment: combineArms(
      used.map(({ treatment }) => treatment),
      weights,
    ),
    degreesOfFreedom: satterthwaite(parts),
    units: unitsOf(used),
  };
}
