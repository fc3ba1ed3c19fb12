/** Which buckets get which variant at a percentage stage. Growing the share adds buckets to each arm and takes none away. */
import { BUCKETS } from './bucket.ts';
import type { FlagDefinition, Variant } from './flag.ts';
import { isPercentageStage, treatedShare } from './stage.ts';

/** Shares of all units, `from` included, `to` not. */
export type Arm = { readonly variant: string; readonly from: number; readonly to: number };

const sumOf = (variants: readonly Variant[]): number => variants.reduce((sum, { weight }) => sum + weight, 0);

/** Weight of all variants but the default one, as a part of the whole; 0 where there is none. */
export function treatedWeight({ variants, defaultVariant }: Pick<FlagDefinition, 'variants' | 'defaultVariant'>): number {
  const total = sumOf(variants);
  return total === 0 ? 0 : sumOf(variants.filter(({ name }) => name !== defaultVariant)) / total;
}

/**
 * Each variant owns a range as long as its weight, in order; of each range the same part, from its beginning, is in the experiment:
 * `[start, start + coverage x weight)`. The coverage is such that the treatments get the stage's share together. So with two equal
 * variants, `beta_10` is a treatment of 10 % beside a control of 10 %, and the other 80 % are in neither.
 * @returns no arms at stages that are not a percentage
 */
export function armsOf(flag: Pick<FlagDefinition, 'stage' | 'variants' | 'defaultVariant'>): Arm[] {
  const treated = treatedWeight(flag);
  if (!isPercentageStage(flag.stage) || treated === 0) return [];
  const coverage = Math.min(1, treatedShare(flag.stage) / treated);
  const total = sumOf(flag.variants);
  let start = 0;
  return flag.variants.map(({ name, weight }) => {
    const [from, share] = [start, weight / total];
    start += share;
    return { variant: name, from, to: from + coverage * share };
  });
}

/** Sums of shares such as 0.1 + 0.2 end a little beside the bucket that they mean. */
const NOISE = 1e-6;
const firstBucketFrom = (share: number): number => Math.ceil(share * BUCKETS - NOISE);

/** @returns for one flag: bucket -> index of its arm, or -1 outside of the experiment */
export function armFinder(arms: readonly Arm[]): (bucket: number) => number {
  const from = arms.map((arm) => firstBucketFrom(arm.from));
  const to = arms.map((arm) => firstBucketFrom(arm.to));
  return (bucket) => {
    for (let i = 0; i < to.length; i++) if (bucket < (to[i] as number)) return bucket >= (from[i] as number) ? i : -1;
    return -1;
  };
}
