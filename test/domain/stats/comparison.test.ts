import { assert, double, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CalculatorResult } from '../../../src/domain/decision/calculator.ts';
import { calculate } from '../../../src/domain/decision/calculator.ts';
import { readCalculatorInput } from '../../../src/domain/decision/calculator-input.ts';
import { compare } from '../../../src/domain/stats/comparison.ts';
import { meanMoments, proportionMoments, ratioMoments } from '../../../src/domain/stats/moments.ts';
import { pairOf } from '../../../src/domain/stats/pair.ts';
import { sampleRatioP } from '../../../src/domain/stats/sample-ratio.ts';
import { pairedSumsOf, sumsOf } from '../../../src/domain/stats/sums.ts';
import { expectClose, golden } from '../../support/golden-statistics.ts';

type Case = { input: { metric: string } & Record<string, unknown>; expected: Partial<CalculatorResult> };
const cases = golden<Case>('comparisons');

const proportions = pairOf(proportionMoments({ n: 1000, sum: 120 }), proportionMoments({ n: 1000, sum: 156 }));

describe('a comparison of two arms', () => {
  it('gives 120 of 1000 against 156 of 1000 its two p-values, each under its name', () => {
    const { absolute, relative, degreesOfFreedom } = compare(proportions, 0.05);
    expectClose(absolute.pValue, 0.019530883987397774, 'difference');
    expectClose(relative?.pValue, 0.041062202953950244, 'relative lift');
    expectClose(absolute.interval, [0.005791416660531894, 0.06620858333946811], 'difference');
    expectClose(relative?.interval, [0.012191458714643555, 0.5878085412853565], 'relative lift');
    expectClose(degreesOfFreedom, 1974.1765623057627, 'degrees of freedom');
  });

  it('has enough cases from scipy, of every kind', () => {
    expect(cases.length).toBeGreaterThanOrEqual(400);
    expect(new Set(cases.map(({ input }) => input.metric))).toEqual(new Set(['mean', 'proportion', 'ratio']));
  });

  it.each(['mean', 'proportion', 'ratio'])('agrees with scipy to 1e-9 in every field: %s', (metric) => {
    for (const [i, { input, expected }] of cases.filter((one) => one.input.metric === metric).entries()) {
      const [parsed] = readCalculatorInput(input);
      if (parsed === undefined) throw new Error('not parsed');
      expectClose(calculate(parsed), expected, `${metric} ${i}`);
    }
  });

  it.each([
    [
      'no spread at all',
      meanMoments(sumsOf(Array(50).fill(0.1))),
      meanMoments(sumsOf(Array(50).fill(0.3))),
      'Zero variance in control and treatment',
    ],
    ['no spread in one arm', meanMoments(sumsOf(Array(50).fill(7))), meanMoments(sumsOf([1, 2, 3])), 'Zero variance in control'],
    ['a baseline of 0', meanMoments(sumsOf([-1, 1, -2, 2])), meanMoments(sumsOf([1, 2, 3])), 'Zero baseline'],
    ['nobody who converted', proportionMoments({ n: 100, sum: 0 }), proportionMoments({ n: 100, sum: 5 }), 'Zero variance in control'],
    ['one unit', meanMoments(sumsOf([3])), meanMoments(sumsOf([1, 2, 3])), 'Too few units to test: 1 in control'],
    ['no units', meanMoments(sumsOf([])), proportionMoments({ n: 0, sum: 0 }), 'Too few units to test: 0 in control'],
    ['an empty denominator', ratioMoments(pairedSumsOf([[1, 0]])), ratioMoments(pairedSumsOf([])), 'Too few units'],
  ])('with %s has p = 1 and says why, and never NaN', (_, control, treatment, message) => {
    const found = compare(pairOf(control, treatment), 0.05);
    expect(found.problem).toContain(message);
    expect([found.absolute.pValue, found.relative?.pValue ?? 1, found.absolute.interval]).toEqual([1, 1, null]);
    expect(JSON.stringify(found)).toBe(JSON.stringify(found, (_key, value) => (Number.isNaN(value) ? 'NaN' : value)));
  });

  it('takes rounding for no variance', () => {
    const tenths = sumsOf(Array(100_000).fill(0.1));
    expect(meanMoments(tenths).variance).toBe(0);
    expect(ratioMoments(pairedSumsOf(Array(1000).fill([0.3, 0.1]))).variance).toBe(0);
  });

  it('changes sign and nothing else when the arms change places, and does not mind the unit of measurement', () => {
    const arm = record({
      n: integer({ min: 5, max: 10_000 }),
      mean: double({ min: 0.1, max: 100, noNaN: true }),
      variance: double({ min: 0.01, max: 50, noNaN: true }),
    });
    assert(
      property(arm, arm, double({ min: 0.01, max: 100, noNaN: true }), (a, b, unit) => {
        const [there, back] = [compare(pairOf(a, b), 0.05), compare(pairOf(b, a), 0.05)];
        expectClose(back.absolute.pValue, there.absolute.pValue, 'p');
        expect(back.absolute.estimate).toBe(-there.absolute.estimate);
        const larger = ({ n, mean, variance }: typeof a) => ({ n, mean: mean * unit, variance: variance * unit ** 2 });
        const scaled = compare(pairOf(larger(a), larger(b)), 0.05);
        expectClose(scaled.absolute.pValue, there.absolute.pValue, 'p', 1e-6);
        expectClose(scaled.relative?.interval, there.relative?.interval, 'lift', 1e-6, 1e-6);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it('finds a larger effect less likely', () => {
    const against = (sum: number) => compare(pairOf(proportionMoments({ n: 1000, sum: 120 }), proportionMoments({ n: 1000, sum })), 0.05);
    const pValues = [121, 130, 140, 160, 200].map((sum) => against(sum).absolute.pValue);
    expect(pValues).toEqual([...pValues].sort((a, b) => b - a));
  });

  it('has an interval that misses 0 just when p is below alpha', () => {
    for (const alpha of [0.01, 0.0195, 0.0196, 0.05]) {
      const { absolute } = compare(proportions, alpha);
      expect((absolute.interval?.[0] ?? 0) > 0).toBe(absolute.pValue < alpha);
    }
  });
});

describe('the sample ratio', () => {
  it('gives 5000 against 5300 where half and half was meant p = 0.003117', () => {
    expectClose(sampleRatioP({ units: [5000, 5300], weights: [1, 1] }), 0.003116693839866867, 'p');
  });

  it('knows any weights and any number of arms, and leaves out arms of weight 0', () => {
    expect(sampleRatioP({ units: [900, 100], weights: [0.9, 0.1] })).toBe(1);
    expect(sampleRatioP({ units: [900, 200], weights: [9, 1] })).toBeLessThan(1e-10);
    expectClose(
      sampleRatioP({ units: [310, 290, 330], weights: [1, 1, 1] }),
      Math.exp(-0.5 * (800 / 310)),
      'three arms have a plain exponential tail',
    );
    expect(sampleRatioP({ units: [500, 500, 3], weights: [1, 1, 0] })).toBe(1);
  });

  it('tests the stages of a rollout together, each by its own weights', () => {
    const fine = [
      { units: [905, 95], weights: [9, 1] },
      { units: [760, 240], weights: [3, 1] },
    ];
    expect(sampleRatioP(...fine)).toBeGreaterThan(0.5);
    expect(sampleRatioP(...fine, { units: [500, 620], weights: [1, 1] })).toBeLessThan(0.01);
  });

  it('says nothing where there is nothing', () => {
    expect([sampleRatioP(), sampleRatioP({ units: [0, 0], weights: [1, 1] }), sampleRatioP({ units: [5], weights: [1] })]).toEqual([
      1, 1, 1,
    ]);
  });
});
