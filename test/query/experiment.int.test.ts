/** The analysis on a real ClickHouse, of an experiment whose truth is known. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/adapters/clickhouse.ts';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import { type AskedExperiment, dailyLooks, experimentQuestion } from '../../src/domain/experiment/question.ts';
import { quantilePair } from '../../src/domain/experiment/strata.ts';
import type { ArmRow, ExperimentQuestion } from '../../src/domain/experiment.ts';
import { varianceOfDifference } from '../../src/domain/stats/comparison.ts';
import type { PairedSums } from '../../src/domain/stats/sums.ts';
import { analyseExperiment } from '../../src/query/experiment/analysis.ts';
import { createExperimentResults } from '../../src/query/experiment/cache.ts';
import { experimentRows } from '../../src/query/experiment.ts';
import { experimentList } from '../../src/query/experiments.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { ask, type Rows } from '../../src/query/statement.ts';
import { testConfig } from '../support/config.ts';
import {
  DAY,
  EFFECT,
  END,
  eventsOf,
  expectedSums,
  exposureOf,
  METRIC,
  PRE_DAYS,
  START,
  simulatedUnits,
} from '../support/experiment-world.ts';
import { eventOf } from '../support/feature-events.ts';
import { quantileRowOf } from '../support/quantile-arm.ts';
import { storeEvents } from '../support/warehouse.ts';

const config = testConfig({ RETENTION_RAW_DAYS: '20000', RETENTION_MINUTE_DAYS: '20000', RETENTION_HOUR_DAYS: '20000' });
const acme = scopeOf('acme');
const units = simulatedUnits(1000, 1);
const base: AskedExperiment = {
  feature: 'reading',
  metrics: [METRIC],
  guardrails: [],
  period: { from: START, to: END },
  preDays: PRE_DAYS,
  policy: 'sequential',
  alpha: 0.05,
  daily: false,
  zone: 'UTC',
};
const asking = (changes: Partial<AskedExperiment> = {}): ExperimentQuestion => experimentQuestion({ ...base, ...changes }, null);
const analyse = (changes: Partial<AskedExperiment> = {}) => analyseExperiment(clickhouse, acme, asking(changes));

let clickhouse: ClickHouse;

beforeAll(async () => {
  clickhouse = createClickHouse(config);
  await migrateClickHouse(clickhouse, config);
  await storeEvents(
    clickhouse,
    units.flatMap((unit) => eventsOf(unit, 'acme')),
  );
});
afterAll(async () => {
  await clickhouse?.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`);
  await clickhouse?.close();
});

const sumsAt = (row: ArmRow, look: number): PairedSums => ({
  n: row.n[look] ?? -1,
  sum: row.sum[look] ?? -1,
  sumSquares: row.sumSquares[look] ?? -1,
  otherSum: row.otherSum[look] ?? -1,
  otherSumSquares: row.otherSumSquares[look] ?? -1,
  crossSum: row.crossSum[look] ?? -1,
});

function expectSums(row: ArmRow, look: number, till: number): void {
  const expected = expectedSums(units, row.variant, row.stage, till);
  for (const [name, value] of Object.entries(sumsAt(row, look))) {
    expect(value / (expected[name as keyof PairedSums] || 1), `${row.stage} ${row.variant} ${name}`).toBeCloseTo(
      expected.n === 0 ? 0 : 1,
      9,
    );
  }
}

const valuesAfter = (variant: string, stage: string): number[] =>
  units
    .filter((unit) => unit.variant === variant && unit.stage === stage)
    .flatMap(({ measurements, exposedAt }) => measurements.filter(({ at }) => at >= exposedAt).map(({ value }) => value))
    .sort((a, b) => a - b);

describe('the sums of an experiment', () => {
  it('are those of its units, by the stage and variant of their first exposure, after it only', async () => {
    const question = asking();
    const rows = await ask(clickhouse, experimentRows(acme, question, question.goals[0]));
    expect(rows.map(({ stage, variant }) => `${stage} ${variant}`)).toEqual([
      'beta_10 control',
      'beta_10 treatment',
      'beta_25 control',
      'beta_25 treatment',
    ]);
    for (const row of rows) {
      expect(row.exposed).toEqual([units.filter(({ stage, variant }) => stage === row.stage && variant === row.variant).length]);
      expectSums(row, 0, END);
    }
  });

  it('are at each look those of an analysis that ended there', async () => {
    const question = asking({ daily: true });
    expect(question.looks).toEqual(Array.from({ length: 10 }, (_, i) => START + (i + 1) * DAY));
    const rows = await ask(clickhouse, experimentRows(acme, question, question.goals[0]));
    for (const row of rows) for (const [look, till] of question.looks.entries()) expectSums(row, look, till);
  });
});

describe('the result of an experiment', () => {
  it('finds the effect that is there, within its interval, and says what it stands on', async () => {
    const result = await analyse();
    const [goal] = result.goals;
    expect(goal?.sequentialInterval?.[0]).toBeLessThan(EFFECT);
    expect(goal?.sequentialInterval?.[1]).toBeGreaterThan(EFFECT);
    expect(goal?.interval?.[0]).toBeGreaterThan(0);
    expect(result.stages.map(({ stage }) => stage)).toEqual(['beta_10', 'beta_25']);
    expect(result.stage).toBe('beta_25');
    expect(result.exposed.control + result.exposed.treatment).toBe(units.length);
    expect(result.sampleRatioPValue).toBeGreaterThan(0.001);
    expect(result.cuped.correlations[0]?.correlation).toBeGreaterThan(0.7);
  });

  it('is narrower for what units did before', async () => {
    const width = ({ goals: [goal] }: Awaited<ReturnType<typeof analyse>>) => (goal?.interval?.[1] ?? 0) - (goal?.interval?.[0] ?? 0);
    const [adjusted, plain] = await Promise.all([analyse(), analyse({ preDays: 0 })]);
    expect(width(adjusted)).toBeLessThan(0.75 * width(plain));
    expect([adjusted.cuped.used, plain.cuped.used]).toEqual([true, false]);
  });

  it('does not take out the effect itself where the experiment ran before the period already', async () => {
    const { cuped, exposed } = await analyse({ period: { from: START + 3 * DAY, to: END } });
    expect(cuped).toMatchObject({ used: false, why: expect.stringMatching(/^\d+ units were exposed before the period already/) });
    expect(exposed.control + exposed.treatment).toBe(units.length);
  });

  it('says at each look what was known there', async () => {
    const { looks } = await analyse({ daily: true });
    const third = await analyse({ period: { from: START, to: START + 3 * DAY } });
    expect(looks).toHaveLength(10);
    expect(looks[2]?.goals[0]?.effect).toBeCloseTo(third.goals[0]?.effect ?? Number.NaN, 9);
    expect(looks[2]?.goals[0]?.sequentialPValue).toBeCloseTo(third.goals[0]?.sequentialPValue ?? Number.NaN, 9);
    expect(looks[2]?.action).toBe(third.action);
  });

  it('tests a guardrail against its margin and corrects for several goals', async () => {
    const result = await analyse({ metrics: [METRIC, `${METRIC}:total`], guardrails: [`${METRIC}@20`] });
    expect(result.guardrails[0]).toMatchObject({ verdict: 'not_inferior', margin: { relative: 0.2, absolute: 0 } });
    expect(result.goals.map(({ metric }) => metric)).toEqual([METRIC, `${METRIC}:total`]);
    const least = result.goals.reduce((one, other) => (one.sequentialPValue < other.sequentialPValue ? one : other));
    expect(least.adjustedPValue).toBeCloseTo(Math.min(1, 2 * least.sequentialPValue), 12);
  });

  it('counts units that measured nothing in totals and proportions, and events in ratios', async () => {
    const { goals } = await analyse({ metrics: [`${METRIC}:total`, `${METRIC}:proportion`, `${METRIC}:ratio`, METRIC], policy: 'classic' });
    const [total, proportion, ratio, mean] = goals;
    expect((total?.control.n ?? 0) + (total?.treatment.n ?? 0)).toBe(units.length);
    expect((mean?.control.n ?? 0) + (mean?.treatment.n ?? 0)).toBeLessThan(units.length);
    // Every measurement is above 0: the share of units that have any.
    expect(proportion?.control.mean).toBeCloseTo(0.8, 1);
    expect(ratio?.effect).toBeCloseTo(mean?.effect ?? 0, 0);
  });

  it('finds quantiles of the measurements, less surely than if these were independent', async () => {
    const { goals } = await analyse({ metrics: [`${METRIC}:p50`], alpha: 0.001 });
    const [goal] = goals;
    const arms = { control: 'control', treatment: 'treatment' };
    const rows = ['beta_10', 'beta_25'].flatMap((stage) =>
      Object.values(arms).map((variant) => {
        const alone = valuesAfter(variant, stage).map((value) => [value]);
        return quantileRowOf(alone, 0.5, { stage, variant });
      }),
    );
    const independent = quantilePair(rows, 0.5, arms);
    expect(goal?.interval?.[0]).toBeLessThan(EFFECT);
    expect(goal?.interval?.[1]).toBeGreaterThan(EFFECT);
    const half = ((goal?.interval?.[1] ?? 0) - (goal?.interval?.[0] ?? 0)) / 2;
    expect(half).toBeGreaterThan(1.3 * 3.29 * Math.sqrt(varianceOfDifference(independent)));
    const [least, most] = [rows[1]?.value ?? 0, rows[3]?.value ?? 0];
    expect(goal?.treatment.mean).toBeGreaterThan(least);
    expect(goal?.treatment.mean).toBeLessThan(most);
  });
});

describe('exposures that are not to be trusted', () => {
  const someone = (id: string, variant: 'control' | 'treatment', at = START) => ({
    id,
    variant,
    stage: 'beta_10' as const,
    exposedAt: at,
    measurements: [],
  });
  const stored = async (
    tenant: string,
    count: (variant: string) => number,
    extra: (id: string, i: number) => ReturnType<typeof exposureOf>[],
  ) => {
    const events = (['control', 'treatment'] as const).flatMap((variant) =>
      Array.from({ length: count(variant) }, (_, i) => [
        exposureOf(someone(`${variant} ${i}`, variant), tenant),
        ...(variant === 'control' ? extra(`${variant} ${i}`, i) : []),
        eventOf('custom-metrics', '2026-01-12T10:00:00Z', {
          tenantId: tenant,
          userId: `${variant} ${i}`,
          featureId: 'reading',
          metric: METRIC,
          value: i % 7,
        }),
      ]).flat(),
    );
    await storeEvents(clickhouse, events);
    return analyseExperiment(clickhouse, scopeOf(tenant), asking());
  };

  it('leave out units that were seen in two variants, and withhold everything from 1 % of them on', async () => {
    const twice = (id: string, i: number) => (i < 5 ? [exposureOf(someone(id, 'treatment', START + DAY), 'crossed')] : []);
    const result = await stored('crossed', () => 200, twice);
    expect(result.crossovers).toEqual({ units: 5, of: 400 });
    expect(result.exposed).toEqual({ control: 195, treatment: 200 });
    expect(result).toMatchObject({ withheld: true, action: 'continue', significant: false });
    expect(result.reasons[0]).toMatch(/two variants/);
  });

  it('withhold everything when the arms are not of the sizes that were drawn', async () => {
    const result = await stored(
      'lopsided',
      (variant) => (variant === 'control' ? 300 : 200),
      () => [],
    );
    expect(result.sampleRatioPValue).toBeLessThan(0.001);
    expect(result.reasons[0]).toMatch(/^Withheld: sample-ratio mismatch/);
  });

  it('count only what was drawn by chance', async () => {
    const outside = (_id: string, i: number) => [
      exposureOf(someone(`outside ${i}`, 'control'), 'lists', { reason: 'outside_percentage' }),
      exposureOf(someone(`listed ${i}`, 'treatment'), 'lists', { reason: 'allow_list' }),
    ];
    const result = await stored('lists', () => 50, outside);
    expect(result.exposed).toEqual({ control: 50, treatment: 50 });
  });
});

describe('remembered results', () => {
  it('are asked once until an event of the feature is stored, and are kept apart by scope', async () => {
    const asked: string[] = [];
    const counting: Rows = {
      query: (text, params) => {
        asked.push(text);
        return clickhouse.query(text, params);
      },
    };
    const results = createExperimentResults(() => END);
    const analyses = () => asked.filter((text) => text.includes('events_active')).length;
    const first = await results(counting, acme, asking());
    expect(await results(counting, acme, asking())).toBe(first);
    expect(analyses()).toBe(1);
    expect(await results(counting, scopeOf(null), asking())).not.toBe(first);
    expect(analyses()).toBe(2);
    // In a minute that was long past: the newest minute stays what it was.
    const late = eventOf('custom-metrics', '2026-01-11T10:00:00Z', {
      tenantId: 'acme',
      userId: units[0]?.id ?? '',
      featureId: 'reading',
      metric: METRIC,
      value: 1e6,
    });
    await storeEvents(clickhouse, [late], 1_000_000);
    expect((await results(counting, acme, asking())).goals).not.toEqual(first.goals);
    expect(analyses()).toBe(3);
  });
});

describe('a result that takes too long', () => {
  it('is refused with what to do, and is there for whoever asks again', async () => {
    const gate = Promise.withResolvers<void>();
    const slow: Rows = {
      query: async <Row>(text: string, params?: Record<string, unknown>) => {
        if (text.includes('events_active')) await gate.promise;
        return clickhouse.query<Row>(text, params);
      },
    };
    const results = createExperimentResults(() => END, null, 20);
    const late = {
      code: 'unavailable',
      message: expect.stringMatching(/^this analysis takes longer than 0.02 s; .* ask again in a while/),
    };
    await expect(results(slow, acme, asking())).rejects.toMatchObject(late);
    gate.resolve();
    const again = () => results(slow, acme, asking()).catch(() => null);
    await expect.poll(again, { timeout: 20_000 }).toMatchObject({ feature: 'reading' });
  });
});

describe('results that processes share', () => {
  it('are computed by one of them, and no longer than an hour', async () => {
    const place = new Map<string, string>();
    const shared = {
      get: async (key: string) => place.get(key) ?? null,
      set: async (key: string, text: string) => void place.set(key, text),
    };
    const nobody: Rows = {
      query: (text, params) => {
        if (text.includes('events_active')) throw new Error('analysed again');
        return clickhouse.query(text, params);
      },
    };
    const clock = { now: END };
    const [one, other] = [createExperimentResults(() => clock.now, shared), createExperimentResults(() => clock.now, shared)];
    const first = await one(clickhouse, acme, asking());
    expect(await other(nobody, acme, asking())).toEqual(JSON.parse(JSON.stringify(first)));
    place.clear();
    clock.now += 3_600_000;
    await expect(one(nobody, acme, asking())).rejects.toThrow('analysed again');
    // A failure is not remembered.
    expect((await one(clickhouse, acme, asking())).goals).toEqual(first.goals);
  });
});

describe('the list of experiments', () => {
  it('names each feature with its variants and days', async () => {
    expect(await ask(clickhouse, experimentList(scopeOf('lopsided')))).toEqual([
      { feature: 'reading', variants: ['control', 'treatment'], exposures: [300, 200], firstDay: '2026-01-10', lastDay: '2026-01-10' },
    ]);
  });
});

describe('days of looks', () => {
  it('end with the zone’s days and with the period', () => {
    const period = { from: Date.parse('2026-03-07T12:00:00Z'), to: Date.parse('2026-03-09T12:00:00Z') };
    expect(dailyLooks('America/New_York', period).map((at) => new Date(at).toISOString())).toEqual([
      '2026-03-08T05:00:00.000Z',
      '2026-03-09T04:00:00.000Z',
      '2026-03-09T12:00:00.000Z',
    ]);
  });
});
