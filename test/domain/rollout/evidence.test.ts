import { describe, expect, it } from 'vitest';
import type { CostLine } from '../../../src/domain/cost.ts';
import type { Recommendation } from '../../../src/domain/decision.ts';
import type { ExperimentResult } from '../../../src/domain/experiment/result.ts';
import { changeOf } from '../../../src/domain/flags/change.ts';
import { experimentEvidence, manualCostMicros, type ValueRow, valueEvidence } from '../../../src/domain/rollout/evidence.ts';
import { authorOf, isOfStep, moverOf, stepRecord, type ToldStep } from '../../../src/domain/rollout/step.ts';
import { AT, flag } from '../../support/flags.ts';
import { convincing, DAY } from '../../support/rollouts.ts';

const basis = {
  arms: { control: 'control', treatment: 'treatment' },
  units: { control: 200, treatment: 100 },
  treatedShare: 0.1,
  periodMs: 7 * DAY,
  manualCostMicros: 0,
};
const row = (variant: string, metric: string, usd: number, more: Partial<ValueRow> = {}): ValueRow => ({
  variant,
  metric,
  tenant: '',
  n: 1,
  sum: 0,
  valueUsdMicros: usd * 1e6,
  ...more,
});

describe('what a stage was worth', () => {
  it('is what treatment brought in beyond as many units of control', () => {
    const rows = [
      row('control', 'order_value', 800),
      row('treatment', 'order_value', 1000),
      row('', 'order_value', 9999),
      row('', 'cost_usd', -150),
    ];
    // 1,000 - 800 x 100 / 200 = 600 in a week with a tenth of the units.
    expect(valueEvidence(rows, basis)).toEqual({
      days: 7,
      incrementalUsd: 600,
      costUsd: 150,
      roiPercent: 300,
      projectedUsdPerYear: Math.round((600e6 / 0.1) * (365 / 7)) / 1e6,
    });
  });

  it('of satisfaction is what the means of each tenant say, for the part that has the feature', () => {
    const rated = (variant: string, tenant: string, mean: number) =>
      row(variant, 'match_satisfaction_score', 0, { tenant, n: 10, sum: 10 * mean });
    const rows = [
      rated('control', 'a', 88),
      rated('treatment', 'a', 90),
      rated('control', 'b', 95),
      rated('treatment', 'b', 92),
      rated('treatment', 'c', 99),
    ];
    // (2 - 3) points x $5,000 a year x 7/365 of it x a tenth; c has no control.
    expect(valueEvidence(rows, basis)?.incrementalUsd).toBeCloseTo((-1 * 5000 * 7 * 0.1) / 365, 4);
    expect(valueEvidence(rows, basis)?.projectedUsdPerYear).toBeCloseTo(-5000, 1);
  });

  it('costs what was stated for the feature, by event or by hand, of each day its part', () => {
    const line = (day: string, usd: number, more: object = {}) =>
      ({
        day,
        category: 'vendor',
        featureId: 'ai_coaching',
        tenantId: null,
        amountUsdMicros: usd * 1e6,
        provenance: 'manual',
        ...more,
      }) as CostLine;
    const lines = [
      line('2026-01-10', 10),
      line('2026-01-11', 4),
      line('2026-01-11', 9, { featureId: 'platform' }),
      line('2026-01-11', 9, { provenance: 'event' }),
    ];
    const entered = manualCostMicros(lines, 'ai_coaching', (day) => (day === '2026-01-10' ? 0.5 : 1));
    expect(entered).toBe(9e6);
    const rows = [row('treatment', 'x', 30), row('', 'cost_usd', -1)];
    expect(valueEvidence(rows, { ...basis, manualCostMicros: entered })).toMatchObject({ costUsd: 10, roiPercent: 200 });
  });

  it('is not known while an arm is empty, before time has passed, or without costs what it returned', () => {
    expect(valueEvidence([], { ...basis, units: { control: 0, treatment: 5 } })).toBeNull();
    expect(valueEvidence([], { ...basis, units: { control: 5, treatment: 0 } })).toBeNull();
    expect(valueEvidence([], { ...basis, treatedShare: 0 })).toBeNull();
    expect(valueEvidence([], { ...basis, periodMs: 0 })).toBeNull();
    expect(valueEvidence([row('treatment', 'x', 1)], basis)).toMatchObject({ incrementalUsd: 1, costUsd: 0, roiPercent: null });
  });
});

describe('the experiment as evidence', () => {
  const arm = { n: 10, mean: 1 };
  const goal = {
    metric: 'm',
    better: 'higher',
    control: arm,
    treatment: arm,
    effect: 0.1,
    lift: 0.1,
    interval: [0, 1],
    sequentialInterval: [-1, 2],
  };
  const result = (policy: Recommendation['policy']) =>
    ({
      ...{ policy, policyVersion: 1, action: 'continue', withheld: false, reasons: ['why'], exposed: { control: 10, treatment: 10 } },
      goals: [{ ...goal, pValueOfDifference: 0.01, adjustedPValue: 0.2 }],
      guardrails: [{ metric: 'g', verdict: 'undecided', control: arm, treatment: arm }],
    }) as unknown as ExperimentResult;

  it('has the interval and the p-value that its policy goes by', () => {
    expect(experimentEvidence(result('sequential'))).toMatchObject({ units: { control: 10 }, goals: [{ interval: [-1, 2], pValue: 0.2 }] });
    expect(experimentEvidence(result('classic'))).toMatchObject({
      goals: [{ interval: [0, 1], pValue: 0.01 }],
      guardrails: [{ metric: 'g', verdict: 'undecided', n: 20 }],
    });
  });
});

const step: ToldStep = {
  ...{ flagId: 'ai_coaching', featureId: 'ai_coaching', id: 'step-1', run: 1, version: 4, kind: 'paused', from: 'beta_10', to: 'beta_25' },
  ...{ by: 'jane', reason: 'r'.repeat(600), gates: [], evidence: convincing, outcome: 'done', flagVersion: 7, madeAt: AT },
};

describe('a step', () => {
  it('names itself in what it does to the flag, so that it is known again', () => {
    const author = authorOf(step);
    expect([author.by, author.reason.length]).toEqual(['jane', 500]);
    const change = changeOf('c', { before: flag(), after: flag({ stage: 'ga' }) }, 2, author, AT);
    expect([isOfStep(change, 4), isOfStep(change, 5)]).toEqual([true, false]);
    expect([isOfStep({ ...change, evidence: null }, 4), isOfStep({ ...change, evidence: { rollout: 4 } }, 4)]).toEqual([false, false]);
  });

  it('that leaves the flag as it is is a record of its own', () => {
    const record = stepRecord(step);
    expect(record).toMatchObject({
      changeId: 'step-1',
      kind: 'rollout_paused',
      version: 7,
      stageBefore: 'beta_25',
      stageAfter: 'beta_25',
      before: null,
      after: null,
    });
    expect(JSON.parse(String(record['evidence']))).toMatchObject({ rollout: { run: 1, step: 4, kind: 'paused' }, value: convincing.value });
  });
});

describe('who moved a flag', () => {
  const change = (by: string, from: 'disabled' | 'beta_10', to: 'disabled' | 'beta_10', evidence: object | null = null) =>
    changeOf('c', { before: flag({ stage: from }), after: flag({ stage: to }) }, 2, { by, reason: 'why', evidence: evidence as never }, AT);

  it('is whoever changed its stage last; the guard says for what', () => {
    expect(
      moverOf([change('jane', 'beta_10', 'beta_10'), change('bob', 'disabled', 'beta_10'), change('eve', 'beta_10', 'disabled')]),
    ).toEqual({
      by: 'bob',
      reason: 'why',
      cause: null,
      at: AT,
    });
    expect(moverOf([change('jane', 'beta_10', 'beta_10')])).toBeNull();
    const causes = ['error-rate spike', 'latency spike', 'business-metric drop', 'a new one'].map(
      (reason) => moverOf([change('guard', 'beta_10', 'disabled', { rollbackId: 'x', reason })])?.cause,
    );
    expect(causes).toEqual(['error_rate_spike', 'latency_spike', 'business_metric_drop', 'manual']);
  });
});
