/** From the sums of an experiment's units to pairs that the tests work on: stages are strata, and units are compared within theirs only. */
import type { ArmRow, Arms, Measure, QuantileRow } from '../experiment.ts';
import { rolloutStages } from '../fields.ts';
import { isPercentageStage, type RolloutStage } from '../flags/stage.ts';
import { cuped } from '../stats/cuped.ts';
import { type Moments, meanMoments, proportionMoments, ratioMoments } from '../stats/moments.ts';
import { cautiousPairOf, type Pair, pairOf, stratify } from '../stats/pair.ts';
import { designEffect, quantileMoments } from '../stats/quantile.ts';
import type { Split } from '../stats/sample-ratio.ts';
import { noPairs, type PairedSums } from '../stats/sums.ts';

export type ArmLook = { exposed: number; crossed: number; carried: number; sums: PairedSums };
export type Stratum = { stage: string; control: ArmLook; treatment: ArmLook };

const nobody: ArmLook = { exposed: 0, crossed: 0, carried: 0, sums: noPairs };

function armLook(row: ArmRow | undefined, look: number): ArmLook {
  if (row === undefined) return nobody;
  const at = (values: readonly number[]): number => values[look] ?? 0;
  const { n, sum, sumSquares, otherSum, otherSumSquares, crossSum } = row;
  const others = { otherSum: at(otherSum), otherSumSquares: at(otherSumSquares), crossSum: at(crossSum) };
  const sums = { n: at(n), sum: at(sum), sumSquares: at(sumSquares), ...others };
  return { exposed: at(row.exposed), crossed: at(row.crossed), carried: row.carried, sums };
}

const orderOf = (stage: string): number => rolloutStages.indexOf(stage as RolloutStage);

/** In the order of the rollout. */
export function stagesOf(rows: readonly { stage: string }[]): string[] {
  return [...new Set(rows.map(({ stage }) => stage))].sort((a, b) => orderOf(a) - orderOf(b));
}

/** @param look position among the looks */
export function strataAt(rows: readonly ArmRow[], { control, treatment }: Arms, look: number): Stratum[] {
  const find = (stage: string, variant: string) => rows.find((row) => row.stage === stage && row.variant === variant);
  return stagesOf(rows).map((stage) => ({
    stage,
    control: armLook(find(stage, control), look),
    treatment: armLook(find(stage, treatment), look),
  }));
}

/** Beyond this ratio of their sizes the smaller arm's own variance is not trusted alone. */
const UNEVEN = 1.5;

/** The pair of one stratum: with the variances as they are where arms are about as large as each other, else with the pooled one as the least. */
function pairedUp(control: Moments, treatment: Moments, cautious: boolean): Pair {
  const [small, large] = [Math.min(control.n, treatment.n), Math.max(control.n, treatment.n)];
  return cautious && small > 0 && large > UNEVEN * small ? cautiousPairOf(control, treatment) : pairOf(control, treatment);
}

const momentsBy: Record<Measure['aggregation'], (sums: PairedSums) => Moments> = {
  mean: meanMoments,
  total: meanMoments,
  proportion: proportionMoments,
  ratio: ratioMoments,
  quantile: meanMoments,
};

export type PairOptions = {
  /** Take out what the time before the first exposure predicts. */
  adjusted: boolean;
  /** Guard against the small variances of small arms. */
  cautious: boolean;
};

/** One measure over all strata. */
export function measuredPair(strata: readonly Stratum[], { aggregation }: Measure, { adjusted, cautious }: PairOptions): Pair {
  const pairs = strata.map(({ control, treatment }) => {
    if (adjusted && aggregation !== 'ratio') {
      const found = cuped(control.sums, treatment.sums);
      return pairedUp(found.control, found.treatment, cautious);
    }
    const [a, b] = [control, treatment].map(({ sums }) => momentsBy[aggregation](sums)) as [Moments, Moments];
    return pairedUp(a, b, cautious);
  });
  return stratify(pairs);
}

/** The correlation of a unit's value with what it did before, over the strata by their units; 0 where nothing came before. */
export function preCorrelation(strata: readonly Stratum[]): number {
  const units = strata.reduce((sum, { control, treatment }) => sum + control.sums.n + treatment.sums.n, 0);
  const weighted = strata.map(({ control, treatment }) => {
    return (control.sums.n + treatment.sums.n) * cuped(control.sums, treatment.sums).correlation;
  });
  return units > 0 ? weighted.reduce((sum, one) => sum + one, 0) / units : 0;
}

function quantileArm(row: QuantileRow | undefined, level: number): Moments {
  if (row === undefined) return { n: 0, mean: 0, variance: 0 };
  return quantileMoments({ ...row, level }, designEffect(level, ratioMoments(row).variance, row.n, row.values));
}

/** Strata in which a quantile's spread cannot be read, having too few measurements, say nothing. */
export function quantilePair(rows: readonly QuantileRow[], level: number, { control, treatment }: Arms): Pair {
  const arm = (stage: string, variant: string): Moments =>
    quantileArm(
      rows.find((row) => row.stage === stage && row.variant === variant),
      level,
    );
  return stratify(stagesOf(rows).map((stage) => pairOf(arm(stage, control), arm(stage, treatment))));
}

/**
 * Sizes of the arms by stage for the sample-ratio test: at percentage stages, where the arms are drawn by the weights of their variants (with
 * none known: as large as each other). Elsewhere nobody says how units are split.
 */
export function splitsOf(strata: readonly Stratum[], weights: readonly [number, number] | null): Split[] {
  return strata
    .filter(({ stage }) => isPercentageStage(stage as RolloutStage))
    .map(({ control, treatment }) => ({ units: [control.exposed, treatment.exposed], weights: weights ?? [1, 1] }));
}
