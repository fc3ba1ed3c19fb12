import { describe, expect, it } from 'vitest';
import { causalOf, causalTotal, type Effect, shrinkEffects } from '../../../src/domain/roi/causal.ts';
import { noSums, type RoiCell, type RoiSums } from '../../../src/domain/roi/cell.ts';
import { dueDays } from '../../../src/domain/roi/due.ts';
import { notesOf, roiJson } from '../../../src/domain/roi/json.ts';
import { platformRange, projectedFor, projectionsOf, propertyNote } from '../../../src/domain/roi/projection.ts';
import { type RoiParts, roiReport } from '../../../src/domain/roi/report.ts';
import { differs, snapshotOf } from '../../../src/domain/roi/revision.ts';
import { stagesOf, tableRows } from '../../../src/domain/roi/tables.ts';
import type { ValueRow } from '../../../src/domain/roi/value.ts';
import { weekOf } from '../../../src/domain/roi/week.ts';

const sums = (changes: Partial<RoiSums>): RoiSums => ({ ...noSums, ...changes });
const settings = { timeZone: 'UTC', roiSharedCosts: 'value', roiPropertyProjection: '75000-150000' } as const;
const parts = (changes: Partial<RoiParts> = {}): RoiParts => ({
  from: '2026-01-05',
  to: '2026-01-05',
  elapsedDays: 1,
  features: new Map(),
  days: [{ day: '2026-01-05', sums: noSums, complete: true, revision: 0, provenance: 'pipeline' }],
  categories: [],
  effects: [],
  projections: projectionsOf('75000-150000'),
  targetRoiPercent: 710,
  ...changes,
});

const effect: Effect = {
  featureId: 'realtime_intelligence',
  metric: 'response_time_seconds',
  asOf: '2026-01-31',
  fromDate: '2026-01-02',
  controlN: 1000,
  treatmentN: 1000,
  controlMean: 900,
  lift: -0.9,
  liftError: 0.02,
  shrunkLift: -0.8,
  shrunkError: 0.02,
  shrunkLow: -0.84,
  shrunkHigh: -0.76,
};

describe('the report', () => {
  it('says what the documents say: $265K and $440K on $43.2K are 513 % and 919 %', () => {
    const range = platformRange(projectionsOf('75000-150000'));
    expect(range).toEqual({ conservative: 265_000, optimistic: 440_000 });
    expect(projectedFor(range.conservative, 365, 43_200e6).roiPercent).toBeCloseTo(513.4, 1);
    expect(projectedFor(range.optimistic, 365, 43_200e6).roiPercent).toBeCloseTo(918.5, 1);
  });

  it('has the other range of Property Intelligence by choice, and names both', () => {
    expect(platformRange(projectionsOf('45000-60000'))).toEqual({ conservative: 235_000, optimistic: 350_000 });
    expect(propertyNote('45000-60000')).toBe(
      'Property Intelligence is projected at $45K-60K a year; the documents also say $75K-150K (ROI_PROPERTY_PROJECTION).',
    );
  });

  it('lists the four features, then whatever else earned or cost something, and adds them up', () => {
    const features = new Map([
      ['upsell', sums({ usage: 4, valueUsdMicros: 7e6 })],
      ['idle', sums({ usage: 9 })],
      ['ai_coaching', sums({ usage: 2, keyN: 2, keySum: 36, valueUsdMicros: 50e6, directCostUsdMicros: 10e6 })],
      ['platform', sums({ directCostUsdMicros: 5e6 })],
    ]);
    const { features: listed, total } = roiReport(parts({ features }));
    expect(listed.map(({ feature }) => feature).slice(4)).toEqual(['platform', 'upsell']);
    expect(listed[3]).toMatchObject({ roiPercent: 400, keyMetric: { mean: 18, met: true }, causal: null });
    expect(listed[0]).toMatchObject({
      keyMetric: { mean: null, met: null },
      conservative: { valueUsdMicros: 205_479_452, roiPercent: null },
    });
    expect(total).toMatchObject({
      usage: 2,
      valueUsdMicros: 57e6,
      costUsdMicros: 15e6,
      netUsdMicros: 42e6,
      roiPercent: 280,
      targetMet: false,
    });
    expect(total.annualisedValueUsdMicros).toBe(365 * 57e6);
  });

  it('has no ROI without costs, and nothing a year of no time', () => {
    const { total } = roiReport(parts({ elapsedDays: 0 }));
    expect(total).toMatchObject({ roiPercent: null, targetMet: null, annualisedValueUsdMicros: 0 });
  });

  it('tells a program every amount as text, and a reader what to know', () => {
    const features = new Map([
      ['realtime_intelligence', sums({ usage: 10, valueUsdMicros: 90e6, manualValueUsdMicros: 1e6, causalUnits: 10 })],
    ]);
    const categories = [
      { category: 'api', provenance: 'manual', amountUsdMicros: 2e6 },
      { category: 'infrastructure', provenance: 'recurring', amountUsdMicros: 3e6 },
    ] as const;
    const json = roiJson(roiReport(parts({ features, categories, effects: [effect] })), settings);
    // 0.8 of 900 s are 720 s = 0.2 h, of $50 each: $10 a lead.
    expect(json.features[0]).toMatchObject({
      observedUsd: '90.000000',
      causalUsd: '100.000000',
      lowerBoundUsd: '95.000000',
      upperBoundUsd: '105.000000',
    });
    expect(json.total).toMatchObject({ causalUsd: '100.000000', manualCostUsd: '2.000000', recurringCostUsd: '3.000000' });
    expect(json.notes).toHaveLength(5);
    const open = roiReport(parts({ days: [{ day: '2026-01-05', sums: noSums, complete: false, revision: 0, provenance: 'pipeline' }] }));
    expect(notesOf(open, { ...settings, roiSharedCosts: 'even' })).toMatchObject(
      [/Property/, /evenly/, /No experiment/, /not over/].map((one) => expect.stringMatching(one)),
    );
  });
});

describe('what is caused', () => {
  it('is the effect x how often x what a unit is worth', () => {
    expect(
      causalOf({ ...effect, featureId: 'churn_prevention', controlMean: 0.35, shrunkLift: -0.4, shrunkLow: -0.5, shrunkHigh: -0.3 }, 100),
    ).toEqual({
      valueUsdMicros: 42_000e6,
      lowUsdMicros: 31_500e6,
      highUsdMicros: 52_500e6,
    });
    // 3 points for a whole year of one tenant.
    const points = { ...effect, featureId: 'property_intelligence', controlMean: 88, shrunkLift: 3 / 88, shrunkLow: 0, shrunkHigh: 6 / 88 };
    expect(causalOf(points, 1)).toEqual({ valueUsdMicros: 15_000e6, lowUsdMicros: 0, highUsdMicros: 30_000e6 });
    expect(causalOf({ ...effect, featureId: 'upsell' }, 5)).toBeNull();
  });

  it('of several features has the error of independent ones, and none without any', () => {
    const part = { valueUsdMicros: 10e6, lowUsdMicros: 7e6, highUsdMicros: 13e6 };
    expect(causalTotal([part, { valueUsdMicros: 20e6, lowUsdMicros: 16e6, highUsdMicros: 24e6 }])).toEqual({
      valueUsdMicros: 30e6,
      lowUsdMicros: 25e6,
      highUsdMicros: 35e6,
    });
    expect(causalTotal([])).toBeNull();
  });

  it('is shrunk, so that the luckiest feature is not taken at its word', () => {
    const observed = ['realtime_intelligence', 'churn_prevention', 'ai_coaching', 'property_intelligence'].map((featureId, i) => ({
      featureId,
      controlN: 100,
      treatmentN: 100,
      controlMean: 10,
      lift: featureId === 'property_intelligence' ? 0.02 : ([-0.5, -0.05, -0.03][i] ?? 0),
      liftError: 0.1,
    }));
    const made = shrinkEffects([...observed, { ...(observed[0] as (typeof observed)[0]), liftError: 0 }], '2026-01-31', '2026-01-02');
    expect(made).toHaveLength(4);
    for (const [i, one] of made.entries()) {
      expect(one.shrunkLow).toBeLessThanOrEqual(one.shrunkLift);
      expect(one.shrunkLift).toBeLessThanOrEqual(one.shrunkHigh);
      expect(one.shrunkError).toBeLessThan(0.1);
      if (i === 0) expect(Math.abs(one.shrunkLift)).toBeLessThan(0.5);
    }
  });
});

describe('days that are due', () => {
  it('are those that go on, those that changed, and those that were asked for', () => {
    const days = ['01', '02', '03', '04'];
    const known = [
      { day: '01', complete: true },
      { day: '02', complete: true },
      { day: '03', complete: false },
    ];
    const prints = (second: string) => new Map(Object.entries({ '01': 'a', '02': second, '03': 'c', '04': 'd' }));
    expect(dueDays(days, known, prints('b'), prints('b'), new Set())).toEqual(['03', '04']);
    expect(dueDays(days, known, prints('b'), prints('B'), new Set(['01']))).toEqual(days);
  });
});

describe('a week', () => {
  it('is held against the one before', () => {
    const features = new Map([
      ['ai_coaching', sums({ valueUsdMicros: 30e6, directCostUsdMicros: 10e6 })],
      ['churn_prevention', sums({ valueUsdMicros: -3e6 })],
    ]);
    expect(weekOf(features, sums({ valueUsdMicros: 20e6, directCostUsdMicros: 10e6 }))).toMatchObject({
      previousRoiPercent: 100,
      valueChangePercent: 35,
      best: { feature: 'ai_coaching', valueUsdMicros: 30e6 },
    });
    expect(weekOf(new Map([['churn_prevention', sums({ valueUsdMicros: -1 })]]), null)).toMatchObject({
      valueChangePercent: null,
      best: null,
    });
  });
});

describe('a day that changed', () => {
  const cell = (changes: Partial<RoiCell>): RoiCell => ({
    ...noSums,
    day: '2026-01-05',
    tenantId: 'acme',
    featureId: 'ai_coaching',
    ...changes,
  });

  it('differs when a figure of a feature does, and not by what was not used', () => {
    const before = snapshotOf([cell({ usage: 1, valueUsdMicros: 5e6 })]);
    expect(differs(before, snapshotOf([cell({ usage: 1, valueUsdMicros: 5e6 }), cell({ featureId: 'upsell' })]))).toBe(false);
    expect(differs(before, snapshotOf([cell({ usage: 1, valueUsdMicros: 5e6 + 1 })]))).toBe(true);
    expect(before).toMatchObject({ valueUsd: '5.000000', costUsd: '0.000000', roiPercent: null });
  });
});

describe('the tables of the features', () => {
  const day = { day: '2026-01-05', from: Date.UTC(2026, 0, 5), to: Date.UTC(2026, 0, 6), elapsedMs: 86_400_000 };
  const row = (featureId: string, metric: string, values: number[], changes: Partial<ValueRow> = {}): ValueRow => ({
    day: day.day,
    tenantId: 'acme',
    featureId,
    metric,
    n: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    sumSquares: values.reduce((sum, value) => sum + value * value, 0),
    valueUsdMicros: 0,
    treatedN: 0,
    treatedSum: 0,
    controlN: 0,
    controlSum: 0,
    ...changes,
  });

  it('have leads with what treatment changed', () => {
    const arms = { treatedN: 2, treatedSum: 1, controlN: 2, controlSum: 0 };
    const rows = [
      row('realtime_intelligence', 'response_time_seconds', [30, 90], { valueUsdMicros: 23_333_333 }),
      row('realtime_intelligence', 'converted', [1, 0, 0, 0], arms),
    ];
    expect(tableRows('realtime_intelligence', [day], rows)).toMatchObject([
      {
        leads_processed: 2,
        avg_response_time_minutes: 1,
        conversion_rate: 0.25,
        conversion_rate_improvement: 0.5,
        agent_productivity_improvement: null,
        estimated_revenue_impact: '23.333333',
      },
    ]);
  });

  it('have properties with the worth of their satisfaction', () => {
    const rows = [
      row('property_intelligence', 'match_satisfaction_score', [93, 95]),
      row('property_intelligence', 'showing_booked', [1, 0]),
    ];
    expect(tableRows('property_intelligence', [day], rows)).toMatchObject([
      {
        properties_analyzed: 2,
        match_satisfaction_improvement: 6,
        showings_booked: 1,
        luxury_properties_detected: null,
        estimated_revenue_impact: '82.191781',
      },
    ]);
  });

  it('have interventions by stage, found from three sums', () => {
    const rows = [row('churn_prevention', 'churned', [0, 0, 1, 0]), row('churn_prevention', 'intervention_stage', [1, 3, 2, 3])];
    expect(tableRows('churn_prevention', [day], rows)).toMatchObject([
      {
        at_risk_leads_identified: 4,
        stage_1_interventions: 1,
        stage_2_interventions: 1,
        stage_3_interventions: 2,
        successful_interventions: 3,
        churn_rate_after: 0.25,
      },
    ]);
    expect(stagesOf({ n: 0, sum: 0, sumSquares: 0 })).toEqual([0, 0, 0]);
  });

  it('have sessions with the hours saved, also of a day without any', () => {
    const rows = [row('ai_coaching', 'session_duration_minutes', [20, 10]), row('ai_coaching', 'productivity_score', [87, 83])];
    expect(tableRows('ai_coaching', [day], rows)).toMatchObject([
      {
        coaching_sessions_delivered: 2,
        training_hours_saved: 50 / 60,
        training_time_reduction_percentage: 62.5,
        performance_improvement: 15,
        training_hours: null,
      },
    ]);
    expect(tableRows('ai_coaching', [day], [row('ai_coaching', 'training_hours', [1.5])])).toMatchObject([
      { coaching_sessions_delivered: 0, avg_session_duration_minutes: null, training_hours: 1.5, performance_improvement: null },
    ]);
    expect(tableRows('churn_prevention', [day], [row('churn_prevention', 'churn_risk_score', [0.7])])).toMatchObject([
      { intervention_success_rate: null },
    ]);
    expect(tableRows('realtime_intelligence', [day], [row('realtime_intelligence', 'converted', [1])])).toMatchObject([
      { avg_response_time_minutes: null },
    ]);
  });
});
