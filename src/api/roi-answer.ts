/** What every answer about value and cost has beside the sums: where each dollar comes from, and how far it is to be believed. */
import { type Static, Type } from 'typebox';
import { costProvenances } from '../domain/cost.ts';
import { type RoiSettings, roiJson } from '../domain/roi/json.ts';
import type { RoiReport } from '../domain/roi/report.ts';
import { instant, nullable, Usd } from './schemas.ts';

export const Percent = nullable(Type.Number({ description: '(value - cost) / cost x 100; null without cost' }));
const Causal = nullable(Type.String({ description: 'US dollars that experiments show to be caused; null while none does' }));
export const Projected = Type.Object(
  { valueUsd: Usd, roiPercent: Percent },
  { description: 'What the product’s documents project for this time' },
);

/** The three figures, and what is shared or entered by hand. */
export const provenance = {
  manualValueUsd: Type.String({ description: 'How much of the value was entered by hand' }),
  directCostUsd: Usd,
  sharedCostUsd: Type.String({ description: 'The part in the costs that name no feature' }),
  observedUsd: Type.String({ description: 'The value against the baselines of the product’s documents' }),
  causalUsd: Causal,
  lowerBoundUsd: Causal,
  upperBoundUsd: Causal,
};

export const Costs = Type.Array(
  Type.Object({
    category: Type.String(),
    provenance: Type.Enum([...costProvenances], { description: 'event: over the costs topic; manual: by hand; recurring: estimated' }),
    amountUsd: Usd,
  }),
);
const figures = {
  usage: Type.Integer(),
  valueUsd: Usd,
  manualValueUsd: Usd,
  costUsd: Usd,
  directCostUsd: Usd,
  sharedCostUsd: Usd,
  netUsd: Usd,
  roiPercent: Percent,
};
const three = { observedUsd: Usd, causalUsd: Causal, lowerBoundUsd: Causal, upperBoundUsd: Causal };
const projected = { conservative: nullable(Projected), optimistic: nullable(Projected) };
const KeyMetric = Type.Object({
  metric: Type.String(),
  baseline: Type.Number(),
  target: Type.Number(),
  mean: nullable(Type.Number()),
  met: nullable(Type.Boolean()),
});
const Experiment = Type.Object(
  {
    featureId: Type.String(),
    metric: Type.String(),
    asOf: Type.String(),
    fromDate: Type.String(),
    controlN: Type.Integer(),
    treatmentN: Type.Integer(),
    controlMean: Type.Number(),
    lift: Type.Number({ description: 'Treatment against control, as a part of control' }),
    liftError: Type.Number(),
    shrunkLift: Type.Number({ description: 'The same as it is to be believed' }),
    shrunkError: Type.Number(),
    shrunkLow: Type.Number(),
    shrunkHigh: Type.Number(),
  },
  { description: 'The effect that the causal figure rests on' },
);

/** As `roiJson` makes it. */
export const RoiAnswer = Type.Object({
  period: Type.Object({
    from: Type.String(),
    to: Type.String({ description: 'The last day' }),
    timeZone: Type.String(),
    days: Type.Integer(),
    complete: Type.Boolean(),
  }),
  currency: Type.Literal('USD'),
  calculationVersion: Type.Integer(),
  total: Type.Object({
    ...figures,
    ...three,
    ...projected,
    annualisedValueUsd: Usd,
    manualCostUsd: Usd,
    recurringCostUsd: Usd,
    targetRoiPercent: Type.Number(),
    targetMet: nullable(Type.Boolean()),
  }),
  features: Type.Array(
    Type.Object({
      feature: Type.String(),
      ...figures,
      ...three,
      ...projected,
      annualisedValueUsd: Usd,
      keyMetric: nullable(KeyMetric),
      experiment: nullable(Experiment),
    }),
  ),
  costs: Costs,
  days: Type.Array(
    Type.Object({
      date: Type.String(),
      ...figures,
      complete: Type.Boolean(),
      revision: Type.Integer({ description: 'How often it changed after it was complete' }),
      provenance: Type.Enum(['pipeline', 'manual']),
    }),
  ),
  notes: Type.Array(Type.String()),
});

export type RoiFigures = Static<typeof RoiAnswer>;

const Snapshot = Type.Object({
  valueUsd: Usd,
  costUsd: Usd,
  roiPercent: Percent,
  features: Type.Record(Type.String(), Type.Object({ valueUsd: Usd, costUsd: Usd, roiPercent: Percent, usage: Type.Integer() })),
});
export const Revisions = Type.Object({
  revisions: Type.Array(
    Type.Object({
      date: Type.String(),
      revision: Type.Integer(),
      reason: Type.String(),
      changedAt: instant(),
      calculationVersion: Type.Integer(),
      before: Snapshot,
      after: Snapshot,
    }),
  ),
});

export const roiAnswer = (report: RoiReport, settings: RoiSettings): Static<typeof RoiAnswer> => roiJson(report, settings);
