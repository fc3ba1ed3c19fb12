import { array, assert, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../../src/domain/generate/random.ts';
import { addToBucket, bucketMoments, bucketOfUnit, emptyBuckets, mergeBuckets } from '../../../src/domain/stats/buckets.ts';
import { chiSquaredTail } from '../../../src/domain/stats/chi-squared.ts';
import { cuped } from '../../../src/domain/stats/cuped.ts';
import { type Moments, meanMoments, ratioMoments, scaled } from '../../../src/domain/stats/moments.ts';
import { cautiousPairOf, pairOf, stratify } from '../../../src/domain/stats/pair.ts';
import { mergePaired, mergeSums, noPairs, noUnits, type PairedSums, pairedSumsOf, sumsOf } from '../../../src/domain/stats/sums.ts';
import { expectClose, golden } from '../../support/golden-statistics.ts';

/** Quarters add without rounding, so that equality can be asked for. */
const quarters = array(
  integer({ min: -4000, max: 4000 }).map((value) => value / 4),
  { maxLength: 40 },
);
const quarterPairs = array(
  tuple(integer({ min: -400, max: 400 }), integer({ min: 0, max: 400 })).map(([a, b]) => [a / 4, b / 4] as const),
  { maxLength: 30 },
);

describe('sufficient statistics', () => {
  it('merge to what the whole gives, in any order and grouping', () => {
    assert(
      property(quarters, quarters, quarters, (a, b, c) => {
        const [x, y, z] = [sumsOf(a), sumsOf(b), sumsOf(c)];
        expect(mergeSums(mergeSums(x, y), z)).toEqual(mergeSums(x, mergeSums(y, z)));
        expect(mergeSums(x, y)).toEqual(mergeSums(y, x));
        expect(mergeSums(x, mergeSums(y, z))).toEqual(sumsOf([...a, ...b, ...c]));
        expect(mergeSums(x, noUnits)).toEqual(x);
      }),
      { seed: 3 },
    );
  });

  it('of pairs merge too', () => {
    assert(
      property(quarterPairs, quarterPairs, (a, b) => {
        expect(mergePaired(pairedSumsOf(a), pairedSumsOf(b))).toEqual(pairedSumsOf([...b, ...a]));
        expect(mergePaired(pairedSumsOf(a), noPairs)).toEqual(pairedSumsOf(a));
      }),
      { seed: 4 },
    );
  });

  it('of a ratio are those of its mean when every unit has one event', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    expectClose(ratioMoments(pairedSumsOf(values.map((value) => [value, 1] as const))), meanMoments(sumsOf(values)), 'ratio');
  });
});

describe('buckets of units', () => {
  it('merge in any order', () => {
    const value = tuple(integer({ min: 0, max: 7 }), integer({ min: 1, max: 5 }), integer({ min: -40, max: 40 }));
    assert(
      property(array(value), array(value), (a, b) => {
        const fill = (values: [number, number, number][]) =>
          values.reduce((buckets, [bucket, n, sum]) => addToBucket(buckets, { bucket, n, sum: sum / 4 }), emptyBuckets(8));
        expect(mergeBuckets(fill(a), fill(b))).toEqual(fill([...b, ...a]));
      }),
      { seed: 5 },
    );
  });

  it('know how much units differ: twenty alike values of one user are one', () => {
    const ratios = Array.from({ length: 20 }, (_, seed) => {
      const random = randomFor(seed, 'buckets', 0);
      let filled = emptyBuckets(64);
      for (let i = 0; i < 2000; i += 1)
        filled = addToBucket(filled, { bucket: bucketOfUnit(`user-${i}`, 64), n: 20, sum: 20 * (10 + random.normal()) });
      const { n, variance, replicates } = bucketMoments(filled);
      expect([n, replicates]).toEqual([40_000, 64]);
      return variance / n / (1 / 2000);
    });
    // One estimate from 64 buckets is known to 18 %, the mean of twenty to 4 %.
    expect(Math.abs(ratios.reduce((sum, ratio) => sum + ratio, 0) / 20 - 1)).toBeLessThan(0.16);
  });

  it('hold units evenly', () => {
    const counts = emptyBuckets(64).counts.map(() => 0);
    for (let i = 0; i < 64_000; i += 1) {
      const bucket = bucketOfUnit(`tenant_1|user_${i}`, 64);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(
      chiSquaredTail(
        counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0),
        63,
      ),
    ).toBeGreaterThan(0.001);
  });

  it('that are empty have moments of nothing', () => {
    expect(bucketMoments(emptyBuckets(4))).toEqual({ n: 0, mean: 0, variance: 0, replicates: 0 });
  });
});

describe('strata', () => {
  const arm = (n: number, mean: number, variance = 1): Moments => ({ n, mean, variance });

  it('undo what a drifting baseline does while the split changes', () => {
    const stages = [pairOf(arm(9000, 10), arm(1000, 10)), pairOf(arm(7500, 12), arm(2500, 12)), pairOf(arm(5000, 14), arm(5000, 14))];
    const { control, treatment } = stratify(stages);
    expect(treatment.mean - control.mean).toBeCloseTo(0, 12);
    const pooled = (means: [number, number][]) =>
      means.reduce((sum, [n, mean]) => sum + n * mean, 0) / means.reduce((sum, [n]) => sum + n, 0);
    const naive =
      pooled([
        [1000, 10],
        [2500, 12],
        [5000, 14],
      ]) /
        pooled([
          [9000, 10],
          [7500, 12],
          [5000, 14],
        ]) -
      1;
    expect(naive).toBeGreaterThan(0.1);
  });

  it('weigh a stratum by n n / (n + n), and add their variances', () => {
    const { control, treatment, degreesOfFreedom } = stratify([pairOf(arm(100, 1), arm(100, 2)), pairOf(arm(300, 1), arm(300, 4))]);
    expectClose([control.mean, treatment.mean], [1, 0.25 * 2 + 0.75 * 4], 'means');
    expectClose(treatment.variance / treatment.n, 0.25 ** 2 / 100 + 0.75 ** 2 / 300, 'variance');
    expect(degreesOfFreedom).toBeGreaterThan(198);
    expect(degreesOfFreedom).toBeLessThan(798);
  });

  it('count a unit by what it tells, next to a unit of the first stratum', () => {
    const tenth = pairOf(arm(9000, 1), arm(1000, 1));
    expectClose(stratify([tenth, tenth]).units, 20_000, 'the same split again');
    expectClose(stratify([tenth, pairOf(arm(5000, 1), arm(5000, 1))]).units, 10_000 + 10_000 * (0.25 / 0.09), 'half and half');
  });

  it('leave out what has only one arm, and are the only one that is left', () => {
    const [half, none] = [pairOf(arm(50, 1), arm(50, 2)), pairOf(arm(50, 1), arm(0, 0, 0))];
    expect(stratify([none, half])).toEqual(half);
    expect(stratify([none])).toEqual(none);
    expect(stratify([]).control.n).toBe(0);
  });

  it('know degrees of freedom from buckets where variances came from buckets', () => {
    const few = { ...arm(10_000, 1), replicates: 10 };
    expectClose(pairOf(few, few).degreesOfFreedom, 18, 'degrees of freedom');
  });

  it('can give a small arm the variance of both', () => {
    const { control, treatment } = cautiousPairOf(arm(90, 1, 10), arm(10, 1, 2));
    expect([control.variance, treatment.variance]).toEqual([10, 9.2]);
    expect(cautiousPairOf(arm(5, 1, 0), arm(5, 1, 2)).control.variance).toBe(0);
    expect(scaled(arm(5, 2, 3), 2)).toEqual(arm(5, 4, 12));
  });
});

describe('CUPED', () => {
  type Case = Record<'control' | 'treatment', { sums: PairedSums; mean: number; variance: number }> & {
    theta: number;
    correlation: number;
  };

  it('takes off what least squares takes off', () => {
    for (const [i, { control, treatment, theta, correlation }] of golden<Case>('cuped').entries()) {
      const found = cuped(control.sums, treatment.sums);
      expectClose(found.theta, theta, `${i} theta`);
      expectClose(found.correlation, correlation, `${i} correlation`);
      for (const [arm, wanted] of [
        ['control', control],
        ['treatment', treatment],
      ] as const) {
        expectClose(found[arm].mean, wanted.mean, `${i} ${arm} mean`);
        expectClose(found[arm].variance, wanted.variance, `${i} ${arm} variance`, 1e-8);
      }
    }
  });

  it('removes 64 % of the variance at a correlation of 0.8', () => {
    const random = randomFor(3, 'cuped', 0);
    const draw = (): PairedSums =>
      pairedSumsOf(
        Array.from({ length: 20_000 }, () => {
          const before = random.normal();
          return [5 + 0.8 * before + 0.6 * random.normal(), before] as const;
        }),
      );
    const [control, treatment] = [draw(), draw()];
    const adjusted = cuped(control, treatment);
    expect(adjusted.correlation).toBeCloseTo(0.8, 1);
    expect(1 - adjusted.control.variance / meanMoments(control).variance).toBeCloseTo(0.64, 1);
  });

  it('changes nothing without a pre-period', () => {
    const arm = pairedSumsOf([
      [1, 0],
      [2, 0],
      [4, 0],
    ]);
    expect(cuped(arm, arm)).toMatchObject({ theta: 0, correlation: 0, control: { mean: 7 / 3 } });
    expect(cuped(noPairs, noPairs)).toMatchObject({ theta: 0, control: { n: 0 } });
  });
});
