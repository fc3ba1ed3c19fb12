import { assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquaredTail } from '../../../src/domain/stats/chi-squared.ts';
import { logBeta, logGamma, stirlingError } from '../../../src/domain/stats/gamma.ts';
import { normalCdf, normalQuantile } from '../../../src/domain/stats/normal.ts';
import { rootOfIncreasing } from '../../../src/domain/stats/root.ts';
import { studentCdf, studentQuantile, studentTwoSided } from '../../../src/domain/stats/student.ts';
import { errorOf, golden } from '../../support/golden-statistics.ts';

type Reference = { of: 'normal' | 'student' | 'chi_squared'; df?: number; x: number; upper: number };
const references = golden<Reference>('distributions');
const about = (of: Reference['of']): Reference[] => references.filter((one) => one.of === of);

const tails: Record<Reference['of'], (x: number, df: number) => number> = {
  normal: (x) => normalCdf(-x),
  student: (x, df) => studentCdf(-x, df),
  chi_squared: (x, df) => chiSquaredTail(x, df),
};
const quantiles: Record<'normal' | 'student', (upper: number, df: number) => number> = {
  normal: (upper) => -normalQuantile(upper),
  student: (upper, df) => -studentQuantile(upper, df),
};

describe('the distributions', () => {
  it.each(['normal', 'student', 'chi_squared'] as const)('agree with 30 digits to 1e-10 of each upper tail, however small: %s', (of) => {
    for (const { x, df = 0, upper } of about(of)) expect(errorOf(tails[of](x, df), upper), `${of}(${x}, ${df})`).toBeLessThan(1e-10);
  });

  it.each(['normal', 'student'] as const)('find the value that has a given upper tail to 1e-9: %s', (of) => {
    for (const { x, df = 0, upper } of about(of).filter((one) => one.x > 0.001)) {
      expect(errorOf(quantiles[of](upper, df), x), `${of} at ${upper} with ${df}`).toBeLessThan(1e-9);
    }
  });

  it('are symmetric or complementary', () => {
    expect(studentCdf(1.3, 7) + studentCdf(-1.3, 7)).toBeCloseTo(1, 15);
    expect(studentTwoSided(-2.5, 11)).toBe(studentTwoSided(2.5, 11));
    expect(normalCdf(6) + normalCdf(-6)).toBe(1);
  });

  it('have ends', () => {
    expect([studentCdf(0, 3), studentTwoSided(0, 3), studentQuantile(0.5, 3)]).toEqual([0.5, 1, 0]);
    expect([normalQuantile(0), normalQuantile(1), studentQuantile(0, 3), studentQuantile(1, 3)]).toEqual([
      -Infinity,
      Infinity,
      -Infinity,
      Infinity,
    ]);
    expect([chiSquaredTail(Infinity, 2), studentCdf(-Infinity, 2), normalCdf(-50)]).toEqual([0, 0, 0]);
    expect(chiSquaredTail(0, 2)).toBe(1);
  });

  it('become the normal one with many degrees of freedom', () => {
    expect(errorOf(studentCdf(-3, 1e9), normalCdf(-3))).toBeLessThan(1e-7);
  });

  it('grow with their argument, and their quantiles undo them', () => {
    const p = double({ min: 1e-12, max: 0.5, noNaN: true });
    const df = double({ min: 0.5, max: 1e5, noNaN: true });
    assert(
      property(p, df, (tail, freedom) => {
        expect(errorOf(studentCdf(studentQuantile(tail, freedom), freedom), tail)).toBeLessThan(1e-9);
        expect(errorOf(normalCdf(normalQuantile(tail)), tail)).toBeLessThan(1e-9);
        expect(studentQuantile(tail * 0.99, freedom)).toBeLessThan(studentQuantile(tail, freedom));
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe('what they are built of', () => {
  it('is the gamma function', () => {
    let factorial = 1;
    for (let n = 1; n < 20; n += 1) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 12);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
    expect(stirlingError(0.5)).toBeCloseTo(logGamma(0.5) - (-0.5 + Math.log(2 * Math.PI) / 2), 13);
  });

  it('is the beta function, also where its arguments are far apart', () => {
    expect(logBeta(2, 3)).toBeCloseTo(-Math.log(12), 13);
    expect(logBeta(1e6, 1)).toBeCloseTo(-Math.log(1e6), 12);
    expect(logBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 13);
  });

  it('is a search that needs no good start', () => {
    for (const start of [-1000, 0, 3, 1e6]) expect(rootOfIncreasing((x) => x ** 3 - 8, start, 0.1)).toBeCloseTo(2, 12);
    expect(rootOfIncreasing((x) => Math.atan(x - 5) ** 3, 400, 1)).toBeCloseTo(5, 4);
    expect(rootOfIncreasing((x) => x, 0, 1)).toBe(0);
  });
});
