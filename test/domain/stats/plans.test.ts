import { array, assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../../src/domain/generate/random.ts';
import { holmAdjusted, holmPasses } from '../../../src/domain/stats/holm.ts';
import { allowance, distanceFromHarm, noMargin } from '../../../src/domain/stats/margin.ts';
import { judgeNonInferiority } from '../../../src/domain/stats/non-inferiority.ts';
import { pairOf } from '../../../src/domain/stats/pair.ts';
import { about, unitsNeeded } from '../../../src/domain/stats/power.ts';
import { cautiousPrior, estimatePrior, type Observed, shrink } from '../../../src/domain/stats/shrinkage.ts';
import { errorOf, expectClose, golden } from '../../support/golden-statistics.ts';

const arm = (n: number, mean: number, variance = 1) => ({ n, mean, variance });

describe("Holm's correction", () => {
  it('multiplies the smallest by the number of tests, the next by one less, and never turns the order', () => {
    expectClose(holmAdjusted([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02], 'adjusted');
    expect(holmAdjusted([0.9, 0.8])).toEqual([1, 1]);
    expect(holmAdjusted([])).toEqual([]);
  });

  it('rejects the same whether it adjusts the p-values or the level', () => {
    assert(
      property(array(double({ min: 0, max: 0.2, noNaN: true }), { maxLength: 8 }), (pValues) => {
        const byLevel = holmPasses(pValues, 0.05, (position, level) => (pValues[position] ?? 1) <= level);
        expect(byLevel).toEqual(holmAdjusted(pValues).map((p) => p <= 0.05 * (1 + 1e-12)));
      }),
      { seed: 10 },
    );
  });
});

describe('a margin', () => {
  it('is a share of control, an amount, or both, on the bad side of either direction', () => {
    expect(allowance({ relative: 0.1, absolute: 2 }, -50)).toBe(7);
    const better = distanceFromHarm(pairOf(arm(100, 50), arm(100, 46)), 'higher', { relative: 0.1, absolute: 0 });
    const worse = distanceFromHarm(pairOf(arm(100, 50), arm(100, 46)), 'lower', { relative: 0.1, absolute: 0 });
    expectClose([better?.estimate, worse?.estimate], [1, 9], 'distances');
    expectClose(
      distanceFromHarm(pairOf(arm(100, -50), arm(100, -54)), 'higher', { relative: 0.1, absolute: 0 })?.estimate,
      1,
      'below zero',
    );
    expect(distanceFromHarm(pairOf(arm(100, 5, 0), arm(100, 5)), 'lower', noMargin)).toBeNull();
  });

  it('is shown to be kept only with enough units', () => {
    const judge = (n: number, treatment: number) =>
      judgeNonInferiority(pairOf(arm(n, 10), arm(n, treatment)), 'higher', { relative: 0.02, absolute: 0 }, 0.05, 5000);
    expect(judge(100, 10)).toMatchObject({ distance: expect.closeTo(0.2, 10) });
    expect(judge(100, 10)?.lower).toBeLessThan(0);
    expect(judge(100, 10)?.upper).toBeGreaterThan(0);
    expect(judge(20_000, 10)?.lower).toBeGreaterThan(0);
    expect(judge(20_000, 9.5)?.upper).toBeLessThan(0);
  });
});

describe('the units that are needed', () => {
  it('are those of the textbook for one look: 16 s^2 / d^2 in each arm for power 80 %', () => {
    const both = unitsNeeded(0.1, 4, () => 1.959963984540054);
    expectClose(both, (4 * (1.959963984540054 + 0.8416212335729143) ** 2) / 0.01, 'units', 1e-9);
    expect(both / 2 / (16 / 0.01)).toBeCloseTo(1, 1);
  });

  it('do give the power, by simulation', () => {
    const units = unitsNeeded(0.2, 4, () => 1.96);
    const random = randomFor(1, 'power', 0);
    const found = Array.from({ length: 4000 }, () => 0.2 * Math.sqrt(units / 4) + random.normal() > 1.96).filter(Boolean).length;
    expect(found / 4000).toBeCloseTo(0.8, 1);
  });

  it('are none where nothing varies, and without end where there is nothing to find', () => {
    expect([unitsNeeded(0, 1, () => 2), unitsNeeded(1, 0, () => 2), unitsNeeded(1e-9, 1e9, () => 2)]).toEqual([Infinity, 0, Infinity]);
  });

  it('are told in two digits, rounded up', () => {
    expect([0, 0.4, 7, 31, 1234, 98_700, Infinity].map(about)).toEqual([0, 0.4, 7, 31, 1300, 99_000, Infinity]);
  });
});

describe('shrinkage', () => {
  type Case = { observed: Observed[]; mean: number; standardDeviation: number; shrunk: number[] };

  it('agrees with the reference', () => {
    for (const [i, { observed, mean, standardDeviation, shrunk }] of golden<Case>('shrinkage').entries()) {
      const prior = estimatePrior(observed);
      expectClose(prior, { mean, standardDeviation }, `${i} prior`, 1e-8, 1e-9);
      const found = observed.map((one) => shrink(one, prior));
      for (const [k, one] of found.entries()) expect(errorOf(one.effect, shrunk[k] ?? 0, 1e-3), `${i} ${k}`).toBeLessThan(1e-8);
    }
  });

  it('takes out the winner of the curse: what shipped winners are believed to bring is what they bring', () => {
    const random = randomFor(7, 'winners', 0);
    const experiments = Array.from({ length: 2000 }, () => {
      const truth = 0.02 * random.normal();
      return { truth, effect: truth + 0.04 * random.normal(), standardError: 0.04 };
    });
    const prior = estimatePrior(experiments);
    const winners = experiments.filter(({ effect }) => effect > 0.05);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [truth, observed, believed] = [
      mean(winners.map((one) => one.truth)),
      mean(winners.map((one) => one.effect)),
      mean(winners.map((one) => shrink(one, prior).effect)),
    ];
    expect(observed / truth).toBeGreaterThan(2);
    expect(believed / truth).toBeCloseTo(1, 0.3);
    const covered = experiments.filter((one) => {
      const [lower, upper] = shrink(one, prior).interval;
      return lower <= one.truth && one.truth <= upper;
    });
    expect(covered.length / 2000).toBeCloseTo(0.95, 1);
  });

  it('is cautious where there are too few experiments, and total where they differ by noise only', () => {
    expect(estimatePrior([{ effect: 0.3, standardError: 0.1 }])).toEqual(cautiousPrior);
    expectClose(shrink({ effect: 0.2, standardError: 0.05 }, cautiousPrior), { effect: 0.1, weight: 0.5 }, 'half');
    const alike = Array.from({ length: 5 }, (_, i) => ({ effect: 0.01 * i, standardError: 1 }));
    expect(estimatePrior(alike)).toEqual({ mean: expect.closeTo(0.02, 12), standardDeviation: 0 });
    expect(shrink({ effect: 5, standardError: 1 }, estimatePrior(alike)).effect).toBeCloseTo(0.02, 12);
    expect(shrink({ effect: 5, standardError: 0 }, { mean: 1, standardDeviation: 0 }).weight).toBe(0);
  });
});
