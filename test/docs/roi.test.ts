/** docs/roi.md is executed: every formula gives what its example says. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { causalOf } from '../../src/domain/roi/causal.ts';
import { proportional } from '../../src/domain/roi/money.ts';
import { projectedFor } from '../../src/domain/roi/projection.ts';
import {
  churnValueMicros,
  coachingValueMicros,
  leadValueMicros,
  microsOfUsd,
  roiPercent,
  SECONDS_PER_YEAR,
  satisfactionValueMicros,
  usdOfMicros,
} from '../../src/domain/roi.ts';

const page = readFileSync(new URL('../../docs/roi.md', import.meta.url), 'utf8');
const examples = (/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '').trim().split('\n');

type Example = {
  formula: string;
  responseTimeSeconds: number;
  scores: number[];
  days: number;
  churned: boolean;
  sessionDurationMinutes: number;
  valueUsd: string;
  costUsd: string;
  usdAYear: number;
  amountUsd: string;
  weights: number[];
  feature: string;
  controlMean: number;
  lift: number;
  uses: number;
  usd: string | string[];
  percent: number;
};

function causal({ feature, controlMean, lift, uses }: Example): string {
  const shown = { controlN: 1, treatmentN: 1, lift, liftError: 0.1, shrunkLift: lift, shrunkError: 0.1, shrunkLow: lift, shrunkHigh: lift };
  const effect = { ...shown, featureId: feature, metric: '', asOf: '', fromDate: '', controlMean };
  return usdOfMicros(causalOf(effect, uses)?.valueUsdMicros ?? 0);
}

const formulas: Record<string, (example: Example) => string | string[] | number> = {
  lead: ({ responseTimeSeconds }) => usdOfMicros(leadValueMicros(responseTimeSeconds)),
  satisfaction: ({ scores, days }) => {
    const sum = scores.reduce((total, score) => total + score, 0);
    return usdOfMicros(satisfactionValueMicros(scores.length, sum, (days * SECONDS_PER_YEAR) / 365));
  },
  churn: ({ churned }) => usdOfMicros(churnValueMicros(churned)),
  coaching: ({ sessionDurationMinutes }) => usdOfMicros(coachingValueMicros(sessionDurationMinutes)),
  roi: ({ valueUsd, costUsd }) => Number(roiPercent(microsOfUsd(valueUsd), microsOfUsd(costUsd))?.toFixed(4)),
  projection: ({ usdAYear, days }) => usdOfMicros(projectedFor(usdAYear, days, 0).valueUsdMicros),
  share: ({ amountUsd, weights }) => proportional(microsOfUsd(amountUsd), weights).map(usdOfMicros),
  causal,
};

describe('docs/roi.md', () => {
  it.each(examples)('has an example that is true: %s', (line) => {
    const example = JSON.parse(line) as Example;
    expect(formulas[example.formula]?.(example)).toEqual(example.usd ?? example.percent);
  });

  it('has an example of every formula', () => {
    const shown = new Set(examples.map((line) => (JSON.parse(line) as Example).formula));
    expect([...shown].sort()).toEqual(Object.keys(formulas).sort());
  });
});
