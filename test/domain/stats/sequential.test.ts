import { assert, constantFrom, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../../src/domain/generate/random.ts';
import { mixtureScale, oneSidedP, oneSidedWidth, twoSidedHalfWidth, twoSidedP } from '../../../src/domain/stats/confidence-sequence.ts';
import { evenLooks, groupSequentialBounds, type LookPlan } from '../../../src/domain/stats/group-sequential.ts';
import { gaussLegendre } from '../../../src/domain/stats/quadrature.ts';
import { spendings, spent } from '../../../src/domain/stats/spending.ts';
import { expectClose, golden } from '../../support/golden-statistics.ts';

const units = double({ min: 20, max: 1e6, noNaN: true });
const z = double({ min: -8, max: 8, noNaN: true });
const alpha = constantFrom(0.01, 0.0125, 0.05, 0.2);

describe('confidence sequences', () => {
  it('are tuned by eq. 161', () => {
    expectClose(mixtureScale(0.05, 5000), Math.sqrt((5.991464547107982 + Math.log(6.991464547107982)) / 5000), 'rho');
    const widths = [2500, 4000, 5000, 6000, 10_000].map((n) => twoSidedHalfWidth(1, n, 0.05, 5000));
    expect(Math.min(...widths)).toBe(widths[2]);
  });

  it('have a two-sided p-value below alpha just when the interval misses 0', () => {
    assert(
      property(units, z, alpha, (n, statistic, level) => {
        const p = twoSidedP({ estimate: statistic, standardError: 1, units: n }, level);
        expect(p < level).toBe(Math.abs(statistic) > twoSidedHalfWidth(1, n, level));
      }),
      { seed: 6 },
    );
  });

  it('have a one-sided p-value below alpha just when the bound is past 0, and it looks one way only', () => {
    assert(
      property(units, z, alpha, (n, statistic, level) => {
        const p = oneSidedP({ estimate: statistic, standardError: 1, units: n }, level);
        expect(p < level).toBe(statistic > oneSidedWidth(1, n, level));
        if (statistic <= 0) expect(p).toBe(1);
      }),
      { seed: 7 },
    );
  });

  it('agree with the reference, one-sided', () => {
    type Case = { units: number; alpha: number; tuningUnits: number; z: number; width: number; pValue: number };
    for (const [i, one] of golden<Case>('one-sided').entries()) {
      expectClose(oneSidedWidth(1, one.units, one.alpha, one.tuningUnits), one.width, `${i} width`);
      expectClose(oneSidedP({ estimate: one.z, standardError: 1, units: one.units }, one.alpha, one.tuningUnits), one.pValue, `${i} p`);
    }
  });

  it('are wider than the interval of one look, and narrower one-sided than two-sided', () => {
    expect(twoSidedHalfWidth(1, 5000, 0.05)).toBeGreaterThan(1.96);
    expect(oneSidedWidth(1, 5000, 0.05)).toBeLessThan(twoSidedHalfWidth(1, 5000, 0.05));
    expect(oneSidedWidth(1, 5000, 0.05)).toBeGreaterThan(1.645);
  });

  it('hold at all times: of 1,000 walks without drift, no more than 5 % ever leave them', () => {
    let [twoSided, oneSided, naive] = [0, 0, 0];
    for (let walk = 0; walk < 1000; walk += 1) {
      const random = randomFor(walk, 'walk', 0);
      let sum = 0;
      const left = { two: false, one: false, naive: false };
      for (let n = 50; n <= 20_000; n = Math.ceil(n * 1.05)) {
        const before = n === 50 ? 0 : Math.round(n / 1.05);
        sum += Math.sqrt(n - Math.min(n - 1, before)) * random.normal();
        const statistic = sum / Math.sqrt(n);
        left.two ||= Math.abs(statistic) > twoSidedHalfWidth(1, n, 0.05);
        left.one ||= statistic > oneSidedWidth(1, n, 0.05);
        left.naive ||= Math.abs(statistic) > 1.96;
      }
      twoSided += Number(left.two);
      oneSided += Number(left.one);
      naive += Number(left.naive);
    }
    expect(twoSided).toBeLessThan(50);
    expect(oneSided).toBeLessThan(50);
    expect(naive).toBeGreaterThan(200);
  });
});

describe('group-sequential bounds', () => {
  it('agree with an integration on a dense even grid to 1e-9', () => {
    for (const [i, { bounds, ...plan }] of golden<LookPlan & { bounds: number[] }>('group-sequential').entries()) {
      expectClose(groupSequentialBounds(plan), bounds, `${plan.spending} ${plan.sides}-sided ${plan.alpha} ${i}`, 1e-9);
    }
  });

  it('are those of the published tables', () => {
    const published = (spending: LookPlan['spending']) =>
      groupSequentialBounds({ alpha: 0.05, sides: 2, spending, information: evenLooks(5) }).map((bound) => bound.toFixed(3));
    expect(published('obrien_fleming')).toEqual(['4.877', '3.357', '2.680', '2.290', '2.031']);
    expect(published('pocock')).toEqual(['2.438', '2.427', '2.410', '2.397', '2.386']);
  });

  it('of one look are the usual one', () => {
    for (const spending of spendings)
      expectClose(groupSequentialBounds({ alpha: 0.05, sides: 2, spending, information: [1] }), [1.959963984540054], spending);
  });

  it('of the first looks do not depend on later ones', () => {
    const plan = { alpha: 0.05, sides: 1, spending: 'pocock' } as const;
    const whole = groupSequentialBounds({ ...plan, information: evenLooks(6) });
    expect(groupSequentialBounds({ ...plan, information: evenLooks(6).slice(0, 3) })).toEqual(whole.slice(0, 3));
    expect(groupSequentialBounds({ ...plan, information: [] })).toEqual([]);
  });

  it('are finite even where nothing is spent yet', () => {
    const bounds = groupSequentialBounds({ alpha: 0.05, sides: 2, spending: 'obrien_fleming', information: evenLooks(80) });
    expect(bounds.every(Number.isFinite)).toBe(true);
    expect(bounds).toEqual([...bounds].sort((a, b) => b - a));
  });

  it('err as often as they may: of 4,000 walks with ten looks about 5 % cross', () => {
    const bounds = groupSequentialBounds({ alpha: 0.05, sides: 1, spending: 'pocock', information: evenLooks(10) });
    const random = randomFor(1, 'looks', 0);
    const crossed = Array.from({ length: 4000 }, () => {
      let sum = 0;
      return bounds.some((bound, i) => {
        sum += random.normal();
        return sum / Math.sqrt(i + 1) >= bound;
      });
    }).filter(Boolean).length;
    // Four standard errors of a count of 4,000 at 5 %.
    expect(Math.abs(crossed - 200)).toBeLessThan(56);
  });

  it('spend alpha between nothing and all of it', () => {
    for (const spending of spendings) {
      expect([spent(spending, 0.05, 0), spent(spending, 0.05, 1), spent(spending, 0.05, 2)]).toEqual([0, 0.05, 0.05]);
      expect(spent(spending, 0.05, 0.5)).toBeLessThan(0.05);
    }
  });
});

describe('quadrature', () => {
  it('is exact for polynomials of degree 2 n - 1', () => {
    const { nodes, weights } = gaussLegendre(7);
    const integral = (power: number) => nodes.reduce((sum, node, i) => sum + (weights[i] ?? 0) * node ** power, 0);
    for (let power = 0; power <= 13; power += 1) expect(integral(power)).toBeCloseTo(power % 2 === 0 ? 2 / (power + 1) : 0, 14);
  });
});
