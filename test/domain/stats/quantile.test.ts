/** Quantiles against made-up arms: whether intervals cover as often as they promise, where users bring many measurements that are alike. */
import { describe, expect, it } from 'vitest';
import { quantilePair } from '../../../src/domain/experiment/strata.ts';
import { type Random, randomFor } from '../../../src/domain/generate/random.ts';
import { compare } from '../../../src/domain/stats/comparison.ts';
import { designEffect, enclosingDistance, quantileMoments, quantileRungs } from '../../../src/domain/stats/quantile.ts';
import { expectClose } from '../../support/golden-statistics.ts';
import { quantileRowOf } from '../../support/quantile-arm.ts';

const arms = { control: 'control', treatment: 'treatment' };
/** A thousand of them, of 300 units: docs/experiments.md. */
const RUNS = 250;

/** Units of 1 to 19 log-normal measurements, which share as large a part of their spread as `alike` says. */
function madeUp(random: Random, units: number, alike: number): number[][] {
  return Array.from({ length: units }, () => {
    const own = Math.sqrt(alike) * random.normal();
    return Array.from({ length: 1 + Math.floor(19 * random.unit()) }, () => Math.exp(own + Math.sqrt(1 - alike) * random.normal()));
  });
}

/** How often the interval of a difference that is none holds 0. */
function coverage(level: number, alike: number, as: (units: number[][]) => number[][] = (units) => units): number {
  const covered = Array.from({ length: RUNS }, (_, run) => {
    const random = randomFor(7, `quantile ${level} ${alike}`, run);
    const rows = Object.values(arms).map((variant) => quantileRowOf(as(madeUp(random, 200, alike)), level, { stage: 'beta_50', variant }));
    const [low, high] = compare(quantilePair(rows, level, arms), 0.05).absolute.interval ?? [Number.NaN, Number.NaN];
    return low <= 0 && high >= 0;
  });
  return covered.filter(Boolean).length / RUNS;
}

const alone = (units: readonly number[][]): number[][] => units.flat().map((value) => [value]);

describe('the interval of a difference of quantiles', () => {
  it.each([
    { level: 0.5, alike: 0 },
    { level: 0.5, alike: 0.6 },
    { level: 0.9, alike: 0.3 },
    { level: 0.95, alike: 0.6 },
    { level: 0.05, alike: 0.6 },
  ])('holds the truth in 95 % of experiments: level $level, $alike of the spread between units', ({ level, alike }) => {
    const covered = coverage(level, alike);
    // Three standard errors of such a count below; above it may be too wide, but not by much.
    expect(covered).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / RUNS));
    expect(covered).toBeLessThanOrEqual(0.99);
  });

  it('would hold it far less often if measurements of one unit were taken for independent', () => {
    expect(coverage(0.5, 0.6, alone)).toBeLessThan(0.8);
    expect(coverage(0.95, 0.6, alone)).toBeLessThan(0.85);
  });
});

describe('a quantile of an arm', () => {
  const readings = {
    ...{ level: 0.9, n: 100, values: 2000, value: 50 },
    lower: quantileRungs.map((rung) => 50 - rung),
    upper: quantileRungs.map((rung) => 50 + 2 * rung),
  };
  const errorAt = (clustering: number): number => Math.sqrt(quantileMoments(readings, clustering).variance / 100);

  it('is as uncertain as the values around it are apart, at a distance that grows with clustering', () => {
    const one = 3 / (2 * 1.959963984540054);
    for (const clustering of [1, 2, 3, 4, 10, 25]) expectClose(errorAt(clustering), Math.sqrt(clustering) * one, `${clustering}`);
    expectClose(errorAt(0.2), one, 'units that seem to repel each other');
    expectClose(designEffect(0.9, 0.36, 100, 2000), 0.0036 / (0.09 / 2000), 'design effect');
  });

  it('tells nothing of itself where the values do not reach to both sides', () => {
    expect(quantileMoments({ ...readings, values: 20, level: 0.99 }, 1).n).toBe(0);
    expect(quantileMoments({ ...readings, values: 0 }, 1).n).toBe(0);
    expect(quantileMoments(readings, 300).n).toBe(0);
    expect(quantileMoments(readings, Number.NaN).n).toBe(0);
    expectClose(enclosingDistance(2000, 0.9), 1.959963984540054 * Math.sqrt(0.09 / 2000), 'distance');
  });
});
