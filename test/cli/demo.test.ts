import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stackDir } from '../../infra/local/layout.ts';
import { claimStack, releaseStack } from '../../infra/stack.ts';
import { alertTable, dailyTable, differenceLines, periodTable, transitionLine } from '../../src/cli/demo/report.ts';
import { demoRules } from '../../src/cli/demo/rules.ts';
import { paceOf, recentReadings } from '../../src/cli/demo/speed.ts';
import { DEMO_WINDOW_MS, historyStart, timelineOf } from '../../src/cli/demo/timeline.ts';
import { alertPromises, booksPromise, promiseLines } from '../../src/cli/demo/verdict.ts';
import type { Transition } from '../../src/cli/demo/watch.ts';
import type { ImpactRow } from '../../src/domain/impact.ts';
import type { DayTotal } from '../../src/domain/totals.ts';
import { impact } from './terminal.ts';

const at = (time: string): number => Date.parse(`2026-01-11T${time}Z`);
const opened: Transition = {
  rule: 'demo-error-rate',
  title: 'Error rate',
  transition: 'opened',
  severity: 'critical',
  metric: 'request_error',
  statistic: 'percent',
  value: 14.44,
  comparison: 'above',
  threshold: 5,
  windowEnd: at('12:00:10'),
  openedAt: at('12:00:10'),
  seenAt: at('12:00:12.300'),
  scope: 'platform',
  place: 'platform',
};
const resolved: Transition = { ...opened, transition: 'resolved', value: 0.4, windowEnd: at('12:00:40'), seenAt: at('12:00:42.500') };

const look = { columns: 88, colour: false };

describe('the timeline', () => {
  it('begins the incident on the border of a window and keeps it up for whole windows', () => {
    const { incident } = timelineOf(1, at('12:00:03'));
    expect(incident.from % DEMO_WINDOW_MS).toBe(0);
    expect((incident.to - incident.from) % DEMO_WINDOW_MS).toBe(0);
    expect(incident.from - at('12:00:03')).toBeGreaterThanOrEqual(20_000);
  });

  it('begins the history at a midnight, so that every day of it is whole', () => {
    expect(new Date(historyStart(at('12:00:00'), 30)).toISOString()).toBe('2025-12-12T00:00:00.000Z');
  });

  it('watches the incident with rules that are valid and have the shipped limits', () => {
    expect(demoRules().map(({ levels }) => levels)).toEqual([
      { critical: 5, warning: 2 },
      { critical: 200, warning: 100 },
    ]);
  });
});

describe('the report', () => {
  const edges = [Date.UTC(2026, 0, 10), Date.UTC(2026, 0, 11), Date.UTC(2026, 0, 12)];
  const row = (feature: string, metric: string, sum: number, valueUsdMicros: number): ImpactRow => ({
    feature,
    metric,
    n: 1,
    sum,
    valueUsdMicros,
  });
  const rows = [
    row('realtime_intelligence', 'response_time_seconds', 25, 200_000_000),
    row('realtime_intelligence', 'cost_usd', 20, -20_000_000),
    row('churn_prevention', 'cost_usd', 5, -5_000_000),
    row('platform', 'cost_usd', 15, -15_000_000),
  ];

  it('shows ROI by day and feature, nothing where a feature was not used, and the platform with its shared costs', () => {
    const days = rows.map((one) => ({ ...one, at: (edges[1] ?? 0) / 1000 }));
    const text = dailyTable(days, edges, { now: at('12:00:00'), shown: 14 }, look);
    expect(text).toContain('Sun 11 Jan');
    expect(text).toMatch(/Sun 11 Jan +900 % +– +– +– +\$200 +\$40 +400 % +–/);
  });

  it('shows a period by feature beside what a year is to bring', () => {
    const text = periodTable(rows, { from: edges[0] ?? 0, to: edges[1] ?? 0 }, look);
    expect(text).toMatch(/lead answers +1 +\$200 +\$20 +900 % +\$73,000 +\$75K–120K/);
    expect(text).toMatch(/total +1 +\$200 +\$40 +400 % +\$73,000 +\$265K–440K/);
  });

  it('tells a transition with value, limit and delay', () => {
    expect(transitionLine(opened, false)).toBe(
      '  ▲ 12:00:12  critical opened      Error rate of platform: 14.44 % (limit: above 5 %)  2.3 s after its window closed',
    );
  });

  it('puts what fired and resolved on one line', () => {
    expect(alertTable([opened, resolved], look)).toMatch(/Error rate +platform +critical +12:00:12 +12:00:42 +30 s +14.44 % +above 5 %/);
    expect(alertTable([opened], look)).toContain('still firing');
  });
});

describe('the name of a demonstration', () => {
  const name = `claimed-${process.pid}`;
  const file = `${stackDir(name)}.claim`;

  it('is one process’s at a time, for another would delete its data', async () => {
    expect(claimStack(name)).toBeNull();
    const { status, out, err } = await impact(`demo --once --name ${name}`);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain(`is running already, as process ${process.pid}: end it, or choose another --name`);
    releaseStack(name);
    expect(existsSync(file)).toBe(false);
  });

  it('is free again when its process was killed', () => {
    writeFileSync(file, '999999999');
    expect(claimStack(name)).toBeNull();
    releaseStack(name);
  });
});

describe('the pace', () => {
  it('is taken over seconds, so that a store that flushes in bursts is not said to stand still', () => {
    const bursts = [0, 0, 3_000, 3_000, 3_000, 6_000, 6_000].map((stored, second) => ({ at: second * 1_000, stored }));
    expect(paceOf(recentReadings(bursts))).toBe(1_000);
    expect(paceOf([])).toBe(0);
    expect(paceOf(bursts.slice(0, 1))).toBe(0);
  });

  it('forgets what was long ago, but never the step before', () => {
    const slow = [0, 20_000, 40_000].map((at) => ({ at, stored: at }));
    expect(recentReadings(slow)).toEqual(slow.slice(1));
  });
});

describe('the verdict', () => {
  const rule = [{ id: 'demo-error-rate', title: 'Error rate' }];
  const total: DayTotal = {
    day: '2026-01-11',
    tenantId: 'a',
    featureId: 'f',
    events: 2,
    measurements: 3,
    valueUsdMicros: 1_500_000,
    costUsdMicros: 0,
    ratings: 0,
    ratingsSum: 0,
  };

  it('says of an alert that it did not fire, or did not resolve', () => {
    const watch = (fired: boolean, ended: boolean) => ({ fired: () => fired, resolved: () => ended });
    expect(alertPromises(watch(false, false), rule)[0]).toMatchObject({ kept: false, details: ['it did not fire'] });
    expect(alertPromises(watch(true, false), rule)[0]).toMatchObject({ kept: false, details: ['it fired, but did not resolve'] });
    expect(alertPromises(watch(true, true), rule)[0]).toMatchObject({ kept: true, details: [] });
  });

  it('gives the totals to the micro, or the figures that differ', () => {
    expect(booksPromise([total], []).what).toContain('2 events, 3 values, net 1.500000 USD');
    const found = [{ day: '2026-01-11', tenantId: 'a', featureId: 'f', figure: 'events', sent: 2, stored: 1 }];
    expect(promiseLines([booksPromise([total], found)], false)).toBe(
      '  ✗ what is stored differs from what was sent\n      2026-01-11 a f: events 2 sent, 1 stored',
    );
    expect(differenceLines(Array(12).fill(found[0]))).toHaveLength(11);
  });
});
