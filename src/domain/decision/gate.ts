/** What forbids any recommendation: arms that are not what was assigned. */
import type { DecisionInput } from '../decision.ts';
import { SAMPLE_RATIO_ALPHA, sampleRatioP, UNHEALTHY_SHARE } from '../stats/sample-ratio.ts';
import { percent, probability, whole } from './words.ts';

export type Gate = { sampleRatioPValue: number; closed: string | null };

const total = (splits: DecisionInput['splits'], arm: number): number => splits.reduce((sum, { units }) => sum + (units[arm] ?? 0), 0);

function mismatch(splits: DecisionInput['splits'], p: number): string | null {
  if (p >= SAMPLE_RATIO_ALPHA) return null;
  const sizes = `${whole(total(splits, 0))} units in control and ${whole(total(splits, 1))} in treatment`;
  const meant = splits.length === 1 ? `weights of ${splits[0]?.weights.join(' : ')}` : 'the weights of the stages';
  return `Withheld: sample-ratio mismatch, ${probability(p)}: ${sizes} do not fit ${meant}. Units are lost or doubled in one arm; find out why before comparing anything.`;
}

function crossed(crossovers: DecisionInput['crossovers']): string | null {
  if (crossovers === null || crossovers.of === 0 || crossovers.units / crossovers.of < UNHEALTHY_SHARE) return null;
  const share = percent(crossovers.units / crossovers.of);
  return `Withheld: ${share} of the units were seen in two variants, and from ${percent(UNHEALTHY_SHARE)} on the assignment itself is broken.`;
}

export function judgeGate({ splits, crossovers }: Pick<DecisionInput, 'splits' | 'crossovers'>): Gate {
  const sampleRatioPValue = sampleRatioP(...splits);
  return { sampleRatioPValue, closed: mismatch(splits, sampleRatioPValue) ?? crossed(crossovers) };
}
