import { describe, expect, it } from 'vitest';
import { calculate } from '../../src/domain/decision/calculator.ts';
import { readCalculatorInput } from '../../src/domain/decision/calculator-input.ts';
import type { ImpactError } from '../../src/domain/errors.ts';
import { betterOf, measureName, parseMeasure } from '../../src/domain/experiment/measure.ts';
import { type AskedExperiment, armsOfFlag, experimentQuestion } from '../../src/domain/experiment/question.ts';
import { experimentResult } from '../../src/domain/experiment/result.ts';
import { quantilePair } from '../../src/domain/experiment/strata.ts';
import { type ArmRow, undrawnReasons } from '../../src/domain/experiment.ts';
import { quantileRungs } from '../../src/domain/stats/quantile.ts';
import { definition } from '../support/flags.ts';

const DAY = 86_400_000;
const from = Date.UTC(2026, 0, 10);
const asked: AskedExperiment = {
  feature: 'ai_coaching',
  metrics: ['converted'],
  guardrails: [],
  period: { from, to: from + 10 * DAY },
  policy: 'sequential',
  alpha: 0.05,
  daily: false,
  zone: 'UTC',
};
const question = (changes: Partial<AskedExperiment> = {}) => experimentQuestion({ ...asked, preDays: 0, ...changes }, null);

/** Of one arm at one stage; every unit has a value. */
const arm = (stage: string, variant: string, n: number, sum: number, changes: Partial<ArmRow> = {}): ArmRow => ({
  stage,
  variant,
  exposed: [n],
  crossed: [0],
  carried: 0,
  n: [n],
  sum: [sum],
  sumSquares: [sum],
  otherSum: [0],
  otherSumSquares: [0],
  crossSum: [0],
  ...changes,
});
const result = (rows: readonly ArmRow[], changes: Partial<AskedExperiment> = {}) => {
  const asking = question(changes);
  return experimentResult(asking, {
    goals: asking.goals.map(() => ({ rows })),
    guardrails: asking.guardrails.map(() => ({ rows })),
    triggers: asking.triggers.map(() => ({ rows })),
    exposures: rows,
  });
};

describe('a measure', () => {
  it.each([
    ['response_time_seconds', { aggregation: 'mean', denominator: null, level: null }],
    ['converted', { aggregation: 'proportion' }],
    ['request_error', { aggregation: 'ratio', denominator: null }],
    ['revenue:total', { aggregation: 'total' }],
    ['errors:ratio:visits', { aggregation: 'ratio', denominator: 'visits' }],
    ['api_latency_ms:p99.9', { aggregation: 'quantile', level: 0.999 }],
  ])('is read as %s says', (text, expected) => {
    const measure = parseMeasure(text);
    expect(measure).toMatchObject({ metric: text.split(':')[0], ...expected });
    expect(measure && parseMeasure(measureName(measure))).toEqual(measure);
  });

  it.each(['', 'Converted', 'converted:p0', 'converted:p100', 'converted:median', 'converted:mean:visits', 'converted:quantile', 'a:p5:b'])(
    'is none in "%s"',
    (text) => expect(parseMeasure(text)).toBeNull(),
  );

  it('is better lower where it counts time, money or harm', () => {
    const lower = [
      'response_time_seconds',
      'api_latency_ms',
      'session_duration_minutes',
      'training_hours',
      'churned',
      'request_error',
      'cost_usd',
    ];
    expect(lower.map(betterOf)).toEqual(lower.map(() => 'lower'));
    expect(['converted', 'productivity_score', 'revenue'].map(betterOf)).toEqual(['higher', 'higher', 'higher']);
  });
});

describe('a question', () => {
  it('takes its arms, weights, unit and limits from the flag', () => {
    const variants = [
      { name: 'off', value: false, weight: 1 },
      { name: 'blue', value: true, weight: 3 },
    ];
    const flag = definition({ id: 'f', variants, defaultVariant: 'off', gaVariant: 'blue', unit: 'tenant', latencyThresholdMs: 80 });
    const found = experimentQuestion({ ...asked, policy: 'classic', guardrails: ['api_latency_ms'] }, flag);
    expect(found).toMatchObject({ arms: { control: 'off', treatment: 'blue' }, weights: [1, 3], unit: 'tenant', preMs: 0 });
    expect(found.guardrails[0]?.margin).toEqual({ relative: flag.metricDropThresholdPercent / 100, absolute: 0 });
    expect(found.triggers.map(({ metric, threshold, unit }) => [metric, threshold, unit])).toEqual([
      ['request_error', flag.errorRateThresholdPercent / 100, '%'],
      ['api_latency_ms', 80, 'ms'],
    ]);
  });

  it('finds a treatment where the flag ends with its control', () => {
    const variants = ['off', 'on'].map((name) => ({ name, value: name, weight: 1 }));
    expect(armsOfFlag({ variants, defaultVariant: 'off', gaVariant: 'off' })).toEqual({ control: 'off', treatment: 'on' });
    expect(armsOfFlag({ variants, defaultVariant: null, gaVariant: null })).toEqual({ control: 'control', treatment: 'off' });
    expect(armsOfFlag(null)).toEqual({ control: 'control', treatment: 'treatment' });
  });

  it('uses two weeks before the exposure, and the guide’s error rates without a flag', () => {
    expect(experimentQuestion(asked, null).preMs).toBe(14 * DAY);
    const threshold = (feature: string) => question({ policy: 'classic', feature }).triggers[0]?.threshold;
    expect(['churn_prevention', 'ai_coaching'].map(threshold)).toEqual([0.03, 0.05]);
  });

  it('tells every fault at once', () => {
    const wrong = () =>
      question({
        metrics: ['Bad', ...Array.from({ length: 12 }, (_, i) => `m${i}:p50`)],
        guardrails: ['x@y'],
        control: 'a',
        treatment: 'a',
        daily: true,
        period: { from, to: from + 400 * DAY },
      });
    const fields = (() => {
      try {
        wrong();
        return [];
      } catch (error) {
        return (error as ImpactError).problems.map(({ field }) => field);
      }
    })();
    expect(fields.sort()).toEqual(['from', 'guardrail', 'looks', 'looks', 'metric', 'metric', 'treatment']);
    expect(() => question({ metrics: [] })).toThrow(/cannot be asked/);
  });
});

describe('a result', () => {
  it('of one stage is what the calculator says of the same sums', () => {
    const found = result([arm('beta_50', 'control', 1000, 120), arm('beta_50', 'treatment', 1000, 156)]);
    const input = { metric: 'proportion', control: { n: 1000, sum: 120 }, treatment: { n: 1000, sum: 156 } };
    const [calculated] = readCalculatorInput(input).map(calculate);
    const [goal] = found.goals;
    expect([goal?.pValueOfDifference, goal?.pValueOfLift, goal?.sequentialPValue]).toEqual([
      calculated?.pValue,
      calculated?.relativePValue,
      calculated?.sequentialPValue,
    ]);
    expect(found).toMatchObject({ stage: 'beta_50', withheld: false, significant: false, exposed: { control: 1000, treatment: 1000 } });
  });

  it('compares within stages: a baseline that moved between them is no effect', () => {
    // 10 % convert at the first stage and 30 % at the second, in both arms; the arms' sizes are what differs.
    const rows = [
      arm('beta_10', 'control', 9000, 900),
      arm('beta_10', 'treatment', 1000, 100),
      arm('beta_50', 'control', 5000, 1500),
      arm('beta_50', 'treatment', 5000, 1500),
    ];
    const flag = definition({ id: 'f' });
    const asking = { ...experimentQuestion({ ...asked, preDays: 0 }, flag), weights: null };
    const sources = { goals: [{ rows }], guardrails: [], triggers: [], exposures: rows };
    expect(experimentResult(asking, sources).goals[0]?.effect).toBeCloseTo(0, 12);
    expect(experimentResult(asking, sources).withheld).toBe(true);
  });

  it('of the classic policy rolls back at once over an error rate, and leaves variances as they are', () => {
    const rows = [arm('beta_10', 'control', 2000, 20), arm('beta_10', 'treatment', 1000, 80)];
    const asking = question({ policy: 'classic' });
    const errors = rows.map((row) => ({ ...row, otherSum: row.n, otherSumSquares: row.n, crossSum: row.sum }));
    const judged = experimentResult(
      { ...asking, weights: [2, 1] },
      { goals: [{ rows }], guardrails: [], triggers: [{ rows: errors }], exposures: rows },
    );
    expect(judged.action).toBe('rollback');
    expect(judged.reasons[0]).toBe('Rolled back at once: request_error is 8 %, over its threshold of 5 %.');
    expect(judged.significant).toBe(true);
  });

  it('goes by the bound of planned looks where these were planned', () => {
    const rows = [arm('beta_50', 'control', 1000, 120), arm('beta_50', 'treatment', 1000, 160)];
    expect(result(rows).action).toBe('continue');
    const planned = result(rows, { plannedLooks: 5 });
    expect(planned.action).toBe('roll_forward');
    expect(planned.reasons[0]).toMatch(/Pocock's bound for any of 5 looks/);
  });

  it('has no recommendation where nobody was exposed', () => {
    const nothing = result([]);
    expect(nothing).toMatchObject({ action: 'continue', stage: null, exposed: { control: 0, treatment: 0 }, stages: [], looks: [] });
    expect(nothing.reasons[0]).toMatch(/^Too few units/);
  });

  it('tells apart why CUPED was not used', () => {
    const rows = [arm('beta_10', 'control', 100, 10, { carried: 3 }), arm('beta_10', 'treatment', 100, 10)];
    expect(result(rows).cuped.why).toMatch(/asked for/);
    expect(result(rows, { preDays: 7 }).cuped.why).toBe('3 units were exposed before the period already.');
    expect(result(rows, { preDays: 7, policy: 'classic' }).cuped.why).toMatch(/classic/);
    const fresh = rows.map((row) => ({ ...row, carried: 0 }));
    expect(result(fresh, { preDays: 7, metrics: ['converted', 'request_error'] }).cuped).toMatchObject({
      used: true,
      correlations: [{ metric: 'converted', correlation: 0 }],
    });
  });

  it('puts the sample ratio to the test at percentage stages only', () => {
    const uneven = (stage: string) => result([arm(stage, 'control', 500, 50), arm(stage, 'treatment', 2000, 200)]);
    expect(uneven('beta_25').withheld).toBe(true);
    expect(uneven('ga')).toMatchObject({ withheld: false, sampleRatioPValue: 1 });
  });

  it('of a quantile has the spread that was read around it', () => {
    const row = (variant: string, value: number, values = 400) => ({
      ...{ stage: 'beta_10', variant, values, value, n: 100 },
      ...{ sum: 0, sumSquares: 0, otherSum: 0, otherSumSquares: 0, crossSum: 0 },
      lower: quantileRungs.map((rung) => value - 1.96 * rung),
      upper: quantileRungs.map((rung) => value + 1.96 * rung),
    });
    const arms = { control: 'control', treatment: 'treatment' };
    const pair = quantilePair([row('control', 50), row('treatment', 60)], 0.95, arms);
    expect(Math.sqrt(pair.control.variance / pair.control.n)).toBeCloseTo(1, 4);
    const asking = question({ metrics: ['api_latency_ms:p95'] });
    const exposures = [arm('beta_10', 'control', 100, 0), arm('beta_10', 'treatment', 100, 0)];
    const found = experimentResult(asking, { goals: [{ pair }], guardrails: [], triggers: [], exposures });
    expect(found.goals[0]).toMatchObject({ metric: 'api_latency_ms:p95', effect: 10 });
    // Too few measurements to read any: nothing is told.
    expect(quantilePair([row('control', 50, 20), row('treatment', 60, 20)], 0.95, arms).control.n).toBe(0);
    expect(quantilePair([row('control', 50)], 0.95, arms).treatment.n).toBe(0);
  });
});

describe('exposures', () => {
  it('count by chance only: every decider but the percentage is left out', () => {
    expect(undrawnReasons).toEqual(expect.arrayContaining(['allow_list', 'internal', 'outside_percentage', 'ga', 'TARGETING_MATCH']));
    expect(undrawnReasons).not.toContain('percentage');
    expect(undrawnReasons).not.toContain('SPLIT');
  });
});
