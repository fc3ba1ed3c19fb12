import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { assert, constantFrom, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeText } from '../../src/cli/experiments.ts';
import { type CalculatorResult, calculate } from '../../src/domain/decision/calculator.ts';
import { readCalculatorInput } from '../../src/domain/decision/calculator-input.ts';
import type { ImpactError } from '../../src/domain/errors.ts';

const program = fileURLToPath(new URL('../../src/cli/impact.ts', import.meta.url));

async function compute(input: string): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, 'experiments', 'compute']);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, err };
}

const proportion = { metric: 'proportion', control: { n: 1000, sum: 120 }, treatment: { n: 1000, sum: 156 } };
const one = (value: object): CalculatorResult => JSON.parse(computeText(JSON.stringify(value))) as CalculatorResult;

const faultsOf = (value: unknown): string[] => {
  try {
    computeText(JSON.stringify(value));
    return [];
  } catch (error) {
    return (error as ImpactError).problems.map(({ field, value: found, expected }) => `${field} is ${found}, expected ${expected}`);
  }
};

describe('impact experiments compute', () => {
  it('answers one object with exactly the promised fields', async () => {
    const { status, out, err } = await compute(JSON.stringify(proportion));
    expect([status, err]).toEqual([0, '']);
    const result = JSON.parse(out) as CalculatorResult;
    expect(Object.keys(result)).toEqual([
      'control',
      'treatment',
      'absoluteEffect',
      'absoluteCi',
      'pValue',
      'degreesOfFreedom',
      'relativeLift',
      'relativeCi',
      'relativePValue',
      'sequentialPValue',
      'sequentialCi',
      'srmPValue',
      'recommendation',
      'reasons',
    ]);
    expect(result).toMatchObject({ control: { mean: 0.12 }, treatment: { mean: 0.156 }, srmPValue: 1, recommendation: 'continue' });
    expect([result.pValue, result.relativePValue].map((p) => p.toFixed(5))).toEqual(['0.01953', '0.04106']);
  });

  it('answers an array in its order, 10,000 objects within seconds', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      metric: 'mean',
      control: { n: 1000 + i, sum: 5000 + i, sumSquares: 60_000 + i },
      treatment: { n: 1000 + i, sum: 5100, sumSquares: 60_500 },
      looks: 10,
    }));
    const { status, out } = await compute(JSON.stringify(many));
    expect(status).toBe(0);
    const results = JSON.parse(out) as CalculatorResult[];
    expect(results.map(({ control }) => control.mean)).toEqual(many.map(({ control }) => control.sum / control.n));
  });

  it('says what is wrong with bad input, and ends with status 1', async () => {
    const { status, out, err } = await compute(
      '[{"metric":"mean","control":{"n":10,"sum":100,"sumSquares":1},"treatment":{"n":-1,"sum":3,"sumSquares":5}}]',
    );
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain('[0].control.sumSquares: 1\n    expected a number of at least sum^2 / n, 1000');
    expect(err).toContain('[0].treatment.n: -1\n    expected a whole number from 0');
    expect(await compute('{')).toMatchObject({ status: 1, err: expect.stringContaining('standard input is not JSON') });
  });

  it('leaves sumSquares of a proportion to itself, and takes it where it is right', () => {
    const given = { ...proportion, control: { n: 1000, sum: 120, sumSquares: 120 } };
    expect(one(given)).toEqual(one(proportion));
    expect(faultsOf({ ...proportion, control: { n: 1000, sum: 120, sumSquares: 14400 } })).toEqual([
      'control.sumSquares is 14400, expected left out, or the same as sum, 120',
    ]);
  });

  it('computes ratios from the sums of both values', () => {
    const arm = (sum: number) => ({
      n: 100,
      sum,
      sumSquares: sum * 4,
      denominatorSum: 400,
      denominatorSumSquares: 1800,
      crossSum: sum * 4.2,
    });
    const result = one({ metric: 'ratio', control: arm(200), treatment: arm(220) });
    expect(result).toMatchObject({ control: { mean: 0.5 }, treatment: { mean: 0.55 }, relativeLift: expect.closeTo(0.1, 12) });
    expect(faultsOf({ metric: 'ratio', control: { ...arm(200), crossSum: 1e9 }, treatment: arm(1) })[0]).toMatch(
      /^control.crossSum is 1000000000, expected a number between/,
    );
  });

  it('knows the defaults: alpha 0.05, the sequential policy, 5,000 units, higher is better, equal arms', () => {
    const said = { ...proportion, alpha: 0.05, policy: 'sequential', nStar: 5000, better: 'higher', weights: [1, 1], minimumUnits: 30 };
    expect(one(said)).toEqual(one(proportion));
    expect(one({ ...proportion, nStar: 500 }).sequentialPValue).not.toBe(one(proportion).sequentialPValue);
    expect(one({ ...proportion, alpha: 0.2 }).absoluteCi?.[0]).toBeGreaterThan(one(proportion).absoluteCi?.[0] ?? 1);
  });

  it('follows policy, direction, weights and looks', () => {
    expect(one({ ...proportion, policy: 'classic' }).recommendation).toBe('roll_forward');
    expect(one({ ...proportion, policy: 'classic', better: 'lower' }).recommendation).toBe('rollback');
    const uneven = { ...proportion, control: { n: 9000, sum: 900 }, treatment: { n: 1000, sum: 160 } };
    expect(one(uneven)).toMatchObject({
      recommendation: 'continue',
      reasons: [expect.stringContaining('Withheld: sample-ratio mismatch'), expect.anything()],
    });
    expect(one({ ...uneven, weights: [9, 1] })).toMatchObject({ srmPValue: 1, recommendation: 'roll_forward' });
    expect(one({ ...proportion, looks: 1 }).recommendation).toBe('roll_forward');
    expect(one({ ...proportion, looks: 5 }).recommendation).toBe('continue');
    expect(one({ ...proportion, looks: 5, look: 5 }).recommendation).toBe('roll_forward');
    expect(one({ ...proportion, looks: 5, look: 5, spending: 'pocock' }).recommendation).toBe('continue');
  });

  it.each([
    ['zero variance', { n: 100, sum: 500, sumSquares: 2500 }, 'Zero variance in control'],
    ['a baseline of zero', { n: 100, sum: 0, sumSquares: 100 }, 'Zero baseline'],
    ['one unit', { n: 1, sum: 5, sumSquares: 25 }, 'Too few units'],
    ['no units', { n: 0, sum: 0, sumSquares: 0 }, 'Too few units'],
  ])('gives p = 1 and a message for %s, and never NaN', (_, control, message) => {
    const result = one({
      metric: 'mean',
      control,
      treatment: { n: 100, sum: 600, sumSquares: 4000 },
      minimumUnits: 2,
      weights: [Math.max(1, control.n), 100],
    });
    expect([result.pValue, result.relativePValue, result.sequentialPValue]).toEqual([1, 1, 1]);
    expect(result).toMatchObject({ absoluteCi: null, sequentialCi: null, relativeCi: null, recommendation: 'continue' });
    expect(result.reasons.join(' ')).toContain(message.startsWith('Too few') ? 'Too few units' : message);
  });

  it('answers with numbers or null, and p-values from 0 to 1, whatever the sizes', () => {
    const size = constantFrom(0, 1, -1, 1e-90, 1e90, 1e-8, -123.456, 1e15);
    const arm = tuple(constantFrom(0, 1, 2, 30, 1000, 1e9, 9e15), size, size, size, size).map(([n, mean, spread, other, otherSpread]) => ({
      n,
      sum: n * mean,
      sumSquares: n * (mean ** 2 + spread ** 2),
      denominatorSum: n * other,
      denominatorSumSquares: n * (other ** 2 + otherSpread ** 2),
      crossSum: n * mean * other,
    }));
    const look = constantFrom({}, { looks: 5 }, { looks: 5, look: 1 });
    const input = tuple(constantFrom('mean', 'ratio'), arm, arm, constantFrom(1e-12, 0.05, 0.999), constantFrom(0.001, 5000, 1e15), look);
    assert(
      property(input, ([metric, control, treatment, alpha, nStar, looks]) => {
        const weights = [Math.max(1, control.n), Math.max(1, treatment.n)].map((n) => Math.min(1e11, n));
        const given = { metric, control, treatment, alpha, nStar, ...looks, weights, minimumUnits: 2 };
        if (faultsOf(given).length > 0) return;
        const [parsed] = readCalculatorInput(given);
        if (parsed === undefined) throw new Error('not parsed');
        const { reasons, ...result } = calculate(parsed);
        JSON.stringify(result, (field, value) => {
          if (typeof value === 'number') expect(Number.isFinite(value), field).toBe(true);
          if (field.endsWith('PValue') || field === 'pValue') expect(value >= 0 && value <= 1, field).toBe(true);
          return value;
        });
        expect(reasons.join(' ')).not.toMatch(/NaN|Infinity|∞/);
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  it('names every fault: place, value, and what would be right', () => {
    expect(faultsOf(7)).toEqual(['input is 7, expected an object']);
    expect(faultsOf([proportion, null])).toEqual(['[1] is null, expected an object']);
    expect(faultsOf({ ...proportion, metric: 'median' })[0]).toBe('metric is "median", expected one of mean, proportion, ratio');
    expect(faultsOf({ ...proportion, control: undefined })).toEqual(['control is undefined, expected an object']);
    expect(faultsOf({ ...proportion, control: { n: 10, sum: 11 } })).toEqual(['control.sum is 11, expected a number from 0 to n, 10']);
    expect(faultsOf({ ...proportion, alpha: 0 })).toEqual(['alpha is 0, expected a probability above 0 and below 1, for example 0.05']);
    expect(faultsOf({ ...proportion, policy: 'bold', nStar: -1, weights: [1], better: 'up' })).toHaveLength(4);
    expect(faultsOf({ ...proportion, looks: 0 })).toEqual(['looks is 0, expected a whole number from 1 to 120']);
    expect(faultsOf({ ...proportion, looks: 3, look: 4 })).toEqual(['look is 4, expected a whole number from 1 to 3']);
    expect(faultsOf({ ...proportion, look: 2 })[0]).toContain('the number of planned looks');
    expect(faultsOf({ metric: 'mean', control: { n: 0, sum: 5, sumSquares: 1 }, treatment: { n: 2, sum: 'x', sumSquares: 1 } })).toEqual([
      'control.sum is 5, expected 0, as there are no units',
      'treatment.sum is "x", expected a number, 0 or from 1e-100 to 1e+100 in size',
    ]);
  });

  it('does not ignore a name that is nearly right', () => {
    expect(faultsOf({ ...proportion, nstar: 100 })).toEqual(['nstar is 100, expected the name nStar']);
    const control = { n: 10, sum: 10, sum_squares: 12 };
    expect(faultsOf({ metric: 'mean', control, treatment: { n: 10, sum: 10, sumSquares: 12 } })).toContain(
      'control.sum_squares is 12, expected the name sumSquares',
    );
    expect(faultsOf({ ...proportion, note: 'kept by the caller' })).toEqual([]);
  });

  it('lists the first faults of very many', () => {
    expect(() => computeText(JSON.stringify(Array(50).fill(0)))).toThrow(
      'the input has 50 faults, of which the first 20 are listed; nothing was computed',
    );
  });
});
