import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImpactRow, impactOf } from '../../src/domain/impact.ts';

const DAY = { from: Date.UTC(2026, 0, 11), to: Date.UTC(2026, 0, 12) };
const row = (feature: string, metric: string, n: number, sum: number, valueUsdMicros = 0): ImpactRow => ({
  feature,
  metric,
  n,
  sum,
  valueUsdMicros,
});
const feature = (rows: ImpactRow[], name: string) => impactOf(rows, DAY).features.find((one) => one.feature === name);

describe('the impact of a period', () => {
  it('lists the four valued features even when nothing happened', () => {
    const { total, features } = impactOf([], DAY);
    expect(features.map((one) => one.feature)).toEqual([
      'realtime_intelligence',
      'property_intelligence',
      'churn_prevention',
      'ai_coaching',
    ]);
    expect(total).toMatchObject({ n: 0, valueUsdMicros: 0, costUsdMicros: 0, roiPercent: null });
    expect(features[0]?.keyMetric).toMatchObject({ mean: null, met: null });
  });

  it('takes costs from value, and gives the ROI of the seeds: $265K on $43.2K is 513 %', () => {
    const rows = [row('ai_coaching', 'session_duration_minutes', 10, 200, 265_000e6), row('platform', 'cost_usd', 1, 43_200, -43_200e6)];
    const { total, features } = impactOf(rows, DAY);
    expect(total).toMatchObject({
      n: 10,
      valueUsdMicros: 265_000e6,
      costUsdMicros: 43_200e6,
      netUsdMicros: 221_800e6,
    } satisfies object as object);
    expect(Math.floor(total.roiPercent ?? 0)).toBe(513);
    expect(features.at(-1)).toMatchObject({
      feature: 'platform',
      valueUsdMicros: 0,
      costUsdMicros: 43_200e6,
      roiPercent: -100,
      keyMetric: null,
    });
  });

  it('values satisfaction by each tenant’s own mean: $5,000 a point a year', () => {
    const year = 365 * 86_400_000;
    const rows = [
      row('property_intelligence', 'match_satisfaction_score', 2, 186),
      row('property_intelligence', 'match_satisfaction_score', 100, 8_700),
    ];
    const impact = impactOf(rows, { from: 0, to: year });
    expect(impact.features[1]?.valueUsdMicros).toBe(25_000e6 - 5_000e6);
    expect(impact.features[1]?.keyMetric).toMatchObject({ target: 93, met: false });
  });

  it('says whether the mean of the key metric has reached its target, from either side', () => {
    expect(feature([row('realtime_intelligence', 'response_time_seconds', 4, 120)], 'realtime_intelligence')?.keyMetric).toMatchObject({
      mean: 30,
      met: true,
    });
    expect(feature([row('churn_prevention', 'churned', 4, 1)], 'churn_prevention')?.keyMetric).toMatchObject({ mean: 0.25, met: false });
  });

  it('shows another feature only when it earned or cost something', () => {
    const rows = [row('search', 'clicks', 5, 5), row('chat', 'saved', 3, 3, 2e6)];
    expect(impactOf(rows, DAY).features.map((one) => one.feature)).toEqual(expect.arrayContaining(['chat']));
    expect(feature(rows, 'search')).toBeUndefined();
    expect(feature(rows, 'chat')).toMatchObject({ n: 3, annualisedValueUsdMicros: 730e6, annualTargetUsd: null });
  });

  it('has totals that are the sums of its features, to the micro', () => {
    const names = fc.constantFrom('realtime_intelligence', 'property_intelligence', 'chat', 'platform');
    const metrics = fc.constantFrom('response_time_seconds', 'match_satisfaction_score', 'cost_usd', 'saved');
    const any = fc.tuple(
      names,
      metrics,
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 90_000 }),
      fc.integer({ min: -1e9, max: 1e9 }),
    );
    fc.assert(
      fc.property(fc.array(any.map(([f, m, n, sum, value]) => row(f, m, n, sum, value))), (rows) => {
        const { total, features } = impactOf(rows, DAY);
        const sum = (size: (one: (typeof features)[number]) => number): number => features.reduce((all, one) => all + size(one), 0);
        expect(sum((one) => one.valueUsdMicros)).toBe(total.valueUsdMicros);
        expect(sum((one) => one.costUsdMicros)).toBe(total.costUsdMicros);
        expect(total.netUsdMicros).toBe(total.valueUsdMicros - total.costUsdMicros);
      }),
    );
  });
});
