/** How far a feature is rolled out. */
import type { rolloutStages } from '../fields.ts';

export type RolloutStage = (typeof rolloutStages)[number];

/** Stages at which a share of the units gets the feature while an equal share serves as its control. */
export const percentageStages = ['beta_10', 'beta_25', 'beta_50'] as const;
export type PercentageStage = (typeof percentageStages)[number];

const treatedShares: Record<RolloutStage, number> = { disabled: 0, internal: 0, beta_10: 0.1, beta_25: 0.25, beta_50: 0.5, ga: 1 };

export function isPercentageStage(stage: RolloutStage): stage is PercentageStage {
  return (percentageStages as readonly string[]).includes(stage);
}

/** The share of randomisation units that a stage gives the feature to, 0 to 1. Lists and targeting come on top. */
export const treatedShare = (stage: RolloutStage): number => treatedShares[stage];
