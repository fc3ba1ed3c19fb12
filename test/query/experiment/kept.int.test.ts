/** What is kept of an experiment's past against its raw events, on a real ClickHouse: whatever happens to the events, both answer the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../../src/adapters/clickhouse.ts';
import { migrateClickHouse } from '../../../src/adapters/clickhouse-migrate.ts';
import type { FeatureEvent } from '../../../src/domain/event.ts';
import { experimentQuestion } from '../../../src/domain/experiment/question.ts';
import type { ArmRow, ExperimentQuestion } from '../../../src/domain/experiment.ts';
import { type Random, randomFor } from '../../../src/domain/generate/random.ts';
import { keepAhead } from '../../../src/query/experiment/ahead.ts';
import { analyseExperiment } from '../../../src/query/experiment/analysis.ts';
import { type KeepingRows, keptPeriod, measuredValues, measureRows, type Period } from '../../../src/query/experiment/kept.ts';
import { quantileRows } from '../../../src/query/experiment/quantile.ts';
import { rawValues } from '../../../src/query/experiment/values.ts';
import { experimentRows } from '../../../src/query/experiment.ts';
import { recomputeMinutes, recomputeTier } from '../../../src/query/recompute.ts';
import { type Scope, scopeOf } from '../../../src/query/scope.ts';
import { ask } from '../../../src/query/statement.ts';
import { testConfig } from '../../support/config.ts';
import { mended, randomTraffic } from '../../support/experiment-traffic.ts';
import { definitionOf, storedFlag } from '../../support/guard-load.ts';
import { storeEvents } from '../../support/warehouse.ts';

const config = testConfig({ RETENTION_RAW_DAYS: '20000', RETENTION_MINUTE_DAYS: '20000', RETENTION_HOUR_DAYS: '20000' });
const DAY = 86_400_000;
const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 5);
const END = BEGIN + 14 * DAY;
const METRICS = ['basket', 'basket:total', 'basket:proportion', 'basket:ratio', 'basket:ratio:visits'];

let clickhouse: ClickHouse;
let offset = 0;
const stored: FeatureEvent[] = [];

async function store(events: readonly FeatureEvent[]): Promise<void> {
  await storeEvents(clickhouse, events, offset);
  offset += events.length;
  stored.push(...events);
}

beforeAll(async () => {
  clickhouse = createClickHouse(config);
  await migrateClickHouse(clickhouse, config);
  await store(randomTraffic(randomFor(1, 'traffic', 0), 3000, BEGIN, END));
});
afterAll(async () => {
  await clickhouse?.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`);
  await clickhouse?.close();
});

type Asked = { metric: string; from: number; to: number; preDays: number; daily: boolean; zone: string };

function questionOf({ metric, from, to, preDays, daily, zone }: Asked): ExperimentQuestion {
  const asked = { feature: 'ordering', metrics: [metric], guardrails: [], period: { from, to }, preDays, daily, zone };
  return experimentQuestion({ ...asked, policy: 'sequential', alpha: 0.05 }, null);
}

/** Whole days, or not; with and without a time before; one look or many. */
function randomQuestion(random: Random): Asked {
  const whole = random.unit() < 0.6;
  const from = BEGIN + Math.floor(random.unit() * 8) * DAY + (whole ? 0 : 7 * HOUR);
  const to = from + (1 + Math.floor(random.unit() * 6)) * DAY - (whole ? 0 : 3 * HOUR);
  const metric = METRICS[Math.floor(random.unit() * METRICS.length)] ?? '';
  const zone = random.unit() < 0.5 ? 'UTC' : 'Asia/Kolkata';
  return { metric, from, to, preDays: Math.floor(random.unit() * 4), daily: random.unit() < 0.3, zone };
}

const isOther = (name: string): boolean => name.startsWith('other') || name === 'crossSum';

/** What came before the exposure is of no use where somebody was exposed before the period, and need not agree there. */
function expectSame(found: readonly ArmRow[], expected: readonly ArmRow[], about: string): void {
  const carried = expected.some((row) => row.carried > 0);
  const ratio = about.includes('ratio');
  expect(
    found.map(({ stage, variant }) => `${stage} ${variant}`),
    about,
  ).toEqual(expected.map(({ stage, variant }) => `${stage} ${variant}`));
  for (const [i, row] of expected.entries()) {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'string' || (carried && isOther(name) && !ratio)) continue;
      const [mine, theirs] = [found[i]?.[name as keyof ArmRow], value].map((one) => [one].flat() as number[]);
      expect(mine, `${about} ${name}`).toHaveLength(theirs?.length ?? -1);
      for (const [look, one] of (theirs ?? []).entries())
        expect(Math.abs((mine?.[look] ?? Number.NaN) - one), `${about}: ${row.stage} ${row.variant} ${name} ${look}`).toBeLessThan(
          1e-7 * Math.max(1, Math.abs(one)),
        );
    }
  }
}

/** Of all units, and of a sample of them. */
async function bothQuantiles(rows: KeepingRows, scope: Scope, question: ExperimentQuestion, period: Period | null): Promise<void> {
  const [goal] = question.goals;
  for (const oneIn of [1, 4]) {
    const kept = await measuredValues(rows, scope, question, goal, oneIn, period);
    const expected = await ask(clickhouse, quantileRows(rawValues(scope, question, goal, oneIn), goal.level ?? 0));
    expect(await ask(clickhouse, quantileRows(kept, goal.level ?? 0))).toEqual(expected);
  }
}

async function bothWays(rows: KeepingRows, scope: Scope, asked: Asked): Promise<void> {
  const question = questionOf(asked);
  const [goal] = question.goals;
  const period = await keptPeriod(rows, scope, question, 0);
  expect(period).not.toBeNull();
  if (goal.aggregation === 'quantile') return bothQuantiles(rows, scope, question, period);
  const found = await measureRows(rows, scope, question, goal, period);
  expectSame(found, await ask(clickhouse, experimentRows(scope, question, goal)), JSON.stringify([scope.tenantId, asked]));
}

const usual: Asked = { metric: 'basket', from: BEGIN + 3 * DAY, to: END, preDays: 3, daily: false, zone: 'UTC' };

/** Counts what is asked of raw events. */
function counting(): KeepingRows & { rawReads: number; writes: number; folded: number } {
  const counts = { rawReads: 0, writes: 0, folded: 0 };
  return Object.assign(counts, {
    query: <Row>(text: string, params?: Record<string, unknown>) => {
      if (text.includes('events_active')) counts.rawReads += 1;
      if (text.includes('FROM experiment_units')) counts.folded += 1;
      return clickhouse.query<Row>(text, params);
    },
    command: (text: string, params?: Record<string, unknown>) => {
      counts.writes += 1;
      return clickhouse.command(text, params);
    },
  });
}

async function answer(rows: KeepingRows, asked: Asked): Promise<ArmRow[]> {
  const [scope, question] = [scopeOf(null), questionOf(asked)];
  return measureRows(rows, scope, question, question.goals[0], await keptPeriod(rows, scope, question, 0));
}

/** A new generation of a day, as a replay makes it. */
async function replayDay(day: number): Promise<void> {
  const tenants = ['north', 'south'];
  const epoch = (active: number, building: number, version: number) =>
    tenants.map((tenant) => ({ tenant, day: new Date(day).toISOString().slice(0, 10), active, building, highest: 1, version }));
  await clickhouse.insertRows('epochs', epoch(0, 1, 1));
  const range = { tenants, feature: null, from: day / 1000, to: (day + DAY) / 1000 };
  const options = { epochs: 'building' } as const;
  for (const made of [recomputeMinutes(range, options), recomputeTier('1h', range, options), recomputeTier('1d', range, options)])
    await clickhouse.commandEverywhere(made.text, made.params);
  await clickhouse.insertRows('epochs', epoch(1, 0, 2));
}

describe('what is kept of an experiment', () => {
  it('is read again without a raw event, and gives the same', async () => {
    const first = counting();
    const before = await answer(first, usual);
    expect(first.writes).toBeGreaterThan(0);
    const second = counting();
    expect(await answer(second, usual)).toEqual(before);
    expect([second.rawReads, second.writes]).toEqual([0, 0]);
    await bothWays(clickhouse, scopeOf(null), usual);
  });

  it('is kept once for two measures that are made of it, also when they are asked for together', async () => {
    const asked = (metric: string): Asked => ({ ...usual, metric, from: BEGIN + DAY, preDays: 0 });
    const [mean, total] = [questionOf(asked('visits')), questionOf(asked('visits:total'))];
    const period = await keptPeriod(clickhouse, scopeOf(null), mean, 0);
    const [first, second] = await Promise.all(
      [mean, total].map((question) => measureRows(clickhouse, scopeOf(null), question, question.goals[0], period)),
    );
    expectSame(first ?? [], await ask(clickhouse, experimentRows(scopeOf(null), mean, mean.goals[0])), 'visits');
    expectSame(second ?? [], await ask(clickhouse, experimentRows(scopeOf(null), total, total.goals[0])), 'visits:total');
  });

  it('holds the measurements of quantiles, of any level, which are read again without a raw event', async () => {
    const question = questionOf({ ...usual, metric: 'basket:p90' });
    const [scope, first] = [scopeOf(null), counting()];
    const [before] = (await analyseExperiment(first, scope, question, 0)).goals;
    expect(before?.control.n).toBeGreaterThan(0);
    expect(first.writes).toBeGreaterThan(0);
    const second = counting();
    const [again] = (await analyseExperiment(second, scope, question, 0)).goals;
    await analyseExperiment(second, scope, questionOf({ ...usual, metric: 'basket:p50' }), 0);
    expect([second.rawReads, second.writes]).toEqual([0, 0]);
    const [raw] = (await analyseExperiment({ query: clickhouse.query }, scope, question)).goals;
    expect([before, again]).toEqual([raw, raw]);
  });

  it('is summed up once a day, and what comes on its last two days is added from raw events', async () => {
    const begin = BEGIN + 6 * DAY + HOUR;
    const asked = (metric: string, preDays: number): Asked => ({
      metric,
      from: begin,
      to: BEGIN + 12 * DAY,
      preDays,
      daily: false,
      zone: 'UTC',
    });
    const all = METRICS.map((metric, i) => asked(metric, i % 2 === 0 ? 4 : 0));
    for (const one of all) await answer(clickhouse, one);
    for (const day of [11, 10]) {
      await store(randomTraffic(randomFor(4, 'today', day), 150, BEGIN + day * DAY, BEGIN + (day + 1) * DAY));
      for (const one of all) await bothWays(clickhouse, scopeOf(null), one);
      const again = counting();
      await answer(again, all[0] as Asked);
      expect([again.rawReads, again.writes, again.folded]).toEqual([1, 0, 1]);
    }
  });

  it('is left aside for the days of which anything has come since', async () => {
    const late = randomTraffic(randomFor(2, 'late', 0), 40, BEGIN + 5 * DAY, BEGIN + 6 * DAY);
    await store(late);
    const rows = counting();
    await bothWays(rows, scopeOf(null), usual);
    expect(rows.rawReads).toBeGreaterThan(0);
  });

  it('agrees with the raw events through late events, corrections, retractions, replays and merges', async () => {
    const random = randomFor(3, 'everything', 0);
    for (let round = 0; round < 6; round += 1) {
      const scope = scopeOf([null, 'north', 'south'][round % 3] ?? null);
      await bothWays(clickhouse, scope, usual);
      for (let i = 0; i < 3; i += 1) await bothWays(clickhouse, scope, randomQuestion(random));
      const day = BEGIN + Math.floor(random.unit() * 14) * DAY;
      const changed = Array.from({ length: 30 }, () => mended(random, stored[Math.floor(random.unit() * stored.length)] as FeatureEvent));
      await store([...changed, ...randomTraffic(random, 20, day, day + DAY)]);
      if (round === 1) await replayDay(BEGIN + 6 * DAY);
      // As if six hours had passed: changed days are kept anew, and their old cells stay where they are.
      if (round === 3) await clickhouse.commandEverywhere('TRUNCATE TABLE experiment_builds');
      if (round === 2)
        for (const table of ['experiment_cells', 'experiment_values']) await clickhouse.commandEverywhere(`OPTIMIZE TABLE ${table} FINAL`);
      await bothWays(clickhouse, scope, usual);
      if (round % 3 === 2) await bothWays(clickhouse, scope, { ...usual, metric: 'basket:p90' });
    }
  });

  it('is made ready for rollouts under way before anybody asks', async () => {
    // As if six hours had passed since the changes above: until then changed days are read raw.
    await clickhouse.commandEverywhere('TRUNCATE TABLE experiment_builds');
    const flags = [
      storedFlag(definitionOf({ id: 'ordering' })),
      { ...storedFlag(definitionOf({ id: 'off', featureId: 'ordering' })), stage: 'disabled' as const },
    ];
    const asOf = { now: END - HOUR, timeZone: 'UTC' };
    expect(await keepAhead(clickhouse, flags, asOf, 0)).toBe(6);
    const period = { from: END - 30 * DAY, to: END };
    const asked = {
      feature: 'ordering',
      metrics: ['basket'],
      guardrails: [],
      period,
      daily: false,
      zone: 'UTC',
      policy: 'sequential',
      alpha: 0.05,
    } as const;
    const rows = counting();
    await analyseExperiment(rows, scopeOf('north'), experimentQuestion(asked, null), 0);
    expect([rows.rawReads, rows.writes]).toEqual([0, 0]);
    expect(await keepAhead(clickhouse, flags, asOf, 1e9)).toBe(0);
    expect(await keepAhead(clickhouse, flags, { ...asOf, goesOn: () => false }, 0)).toBe(0);
  });

  it('need not be kept: who may not write reads raw events', async () => {
    await clickhouse.commandEverywhere('TRUNCATE TABLE experiment_builds');
    const refusing = { ...counting(), command: () => Promise.reject(new Error('read only')) };
    await bothWays(refusing, scopeOf('north'), usual);
    const question = questionOf(usual);
    expect(await keptPeriod({ query: clickhouse.query }, scopeOf(null), question, 0)).toBeNull();
    expect(await keptPeriod(clickhouse, scopeOf(null), question, 1_000_000)).toBeNull();
  });
});
