/** Reports of four weeks of which the truth is known: what people read adds up to it, to the cent. */
import { Decimal } from 'decimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/domain/csv.ts';
import { formatted } from '../../src/domain/report/format.ts';
import type { Report } from '../../src/domain/report.ts';
import { readReport } from '../../src/query/report.ts';
import { recordDays } from '../../src/query/roi/record.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { setTarget } from '../../src/query/targets.ts';
import { END, FIRST, fourWeeks, openRoiWorld, type RoiWorld } from '../support/roi-world.ts';
import { storeEvents } from '../support/warehouse.ts';

const { events, truth } = fourWeeks();
const now = Date.parse('2026-02-02T10:00:00Z');
const weeks = ['2026-01-05', '2026-01-12', '2026-01-19', '2026-01-26'];

let world: RoiWorld;
let reports: Report[];
const read = (kind: 'daily' | 'weekly' | 'monthly', day: string): Promise<Report> => readReport(world, scopeOf(null), { kind, day, now });
const sum = (amounts: readonly (number | string)[]): string =>
  amounts.reduce((all: Decimal, one) => all.plus(one), new Decimal(0)).toFixed(2);

beforeAll(async () => {
  world = await openRoiWorld({ COSTS_RECURRING: '' });
  await storeEvents(world.clickhouse, events);
  await recordDays(world, { from: FIRST, to: END }, now);
  reports = await Promise.all(weeks.map((day) => read('weekly', day)));
});
afterAll(() => world?.close());

describe('four weekly reports', () => {
  it('show values that add up to the true value of each feature', () => {
    for (const [name, usd] of Object.entries(truth.usd)) {
      const values = reports.map(({ features }) =>
        new Decimal(features.find(({ feature }) => feature === name)?.valueUsdMicros ?? 0).div(1e6).toString(),
      );
      expect(sum(values), name).toBe(usd.toFixed(2));
    }
  });

  it('show costs by category that add up to the cost of the total', () => {
    for (const { costs, total, days } of reports) {
      expect(costs.reduce((all, { amountUsdMicros }) => all + amountUsdMicros, 0)).toBe(total.costUsdMicros);
      const week = days.slice(-7);
      expect(week.reduce((all, { valueUsdMicros }) => all + valueUsdMicros, 0)).toBe(total.valueUsdMicros);
      expect(week.reduce((all, { costUsdMicros }) => all + costUsdMicros, 0)).toBe(total.costUsdMicros);
    }
  });

  it('have each the week before beside them', () => {
    for (const [i, report] of reports.entries())
      expect(report.previousTotal).toEqual(reports[i - 1]?.total ?? { valueUsdMicros: 0, costUsdMicros: 0 });
  });

  it('say the same in every form', () => {
    for (const report of reports) {
      const [, csvTotal] = parseCsv(formatted(report, 'csv'));
      const json = JSON.parse(formatted(report, 'json')) as { total: { valueUsd: string; costUsd: string } };
      expect(csvTotal?.cells.slice(2, 4)).toEqual([json.total.valueUsd, json.total.costUsd]);
      const shown = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(Number(json.total.valueUsd));
      for (const format of ['text', 'html', 'markdown'] as const) expect(formatted(report, format)).toContain(shown);
    }
  });
});

describe('the newest weekly report', () => {
  it('has an outlook from the history, which older and daily ones do not have', async () => {
    const [first, , , last] = reports;
    expect([first?.outlook, (await read('daily', '2026-02-01')).outlook]).toEqual([null, null]);
    expect(last?.outlook).toMatchObject({ days: 30, historyDays: 28 });
    const { expected = 0, low = 0, high = 0 } = last?.outlook?.value ?? {};
    expect([low < expected, expected < high]).toEqual([true, true]);
  });

  it('goes by the targets that were in force on its last day', async () => {
    const set = (metric: 'roi_percent' | 'annual_value_usd', featureId: string, target: number, effectiveFrom: string) =>
      setTarget(
        world.postgres,
        { metric, tenantId: '', featureId, effectiveFrom, target, warning: null, critical: null },
        { by: 'a test', reason: 'plan' },
      );
    await set('roi_percent', '', 900, '2026-02-01');
    await set('annual_value_usd', 'ai_coaching', 12_345, '2026-01-20');
    const [early, late] = await Promise.all([read('weekly', '2026-01-12'), read('weekly', '2026-01-26')]);
    expect([early.roi.targetPercent, late.roi.targetPercent]).toEqual([710, 900]);
    const plan = (report: Report) => report.features.find(({ feature }) => feature === 'ai_coaching')?.annualTargetUsd;
    expect([plan(early), plan(late)]).toEqual([
      { conservative: 60_000, optimistic: 90_000 },
      { conservative: 12_345, optimistic: 12_345 },
    ]);
    expect(formatted(late, 'text')).toContain('$12.3K: ');
  });
});

describe('a daily report', () => {
  it('is a seventh of its week with six others', async () => {
    const days = await Promise.all(Array.from({ length: 7 }, (_, i) => read('daily', `2026-01-${12 + i}`)));
    expect(days.reduce((all, { total }) => all + total.valueUsdMicros, 0)).toBe(reports[1]?.total.valueUsdMicros);
    expect(days.reduce((all, { total }) => all + total.costUsdMicros, 0)).toBe(reports[1]?.total.costUsdMicros);
  });
});
