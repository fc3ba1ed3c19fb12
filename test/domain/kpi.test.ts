import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { reportsDue } from '../../src/domain/kpi/due.ts';
import type { KpiDay, KpiFacts } from '../../src/domain/kpi/facts.ts';
import { judgeKpi } from '../../src/domain/kpi/judge.ts';
import { attestedLines, type KpiId, kpiDays, kpiLines, kpiPeriods, kpiSpan } from '../../src/domain/kpi.ts';
import { defaultTarget, targetMetricNames } from '../../src/domain/target-metrics.ts';
import { plusDays } from '../../src/domain/zone.ts';

const config = loadConfig({});
const targets = Object.fromEntries(targetMetricNames.map((metric) => [metric, defaultTarget(metric, '', config)])) as KpiFacts['targets'];
/** Days whose ROI is so many percent. */
const days = (...rois: number[]): KpiDay[] =>
  rois.map((roi, i) => ({
    day: plusDays('2026-01-05', i),
    valueUsdMicros: Math.round((1 + roi / 100) * 100e6),
    costUsdMicros: 100e6,
    calculated: true,
  }));
const features = ['realtime_intelligence', 'property_intelligence', 'churn_prevention', 'ai_coaching'];
const good: KpiFacts = {
  days: days(800, 750, 720, 900, 800, 760, 740),
  todayCalculated: true,
  measures: [
    { day: '2026-01-05', metric: 'websocket_latency_ms', n: 10, mean: 31 },
    { day: '2026-01-05', metric: 'error_rate_percent', n: 100, mean: 0.5 },
    { day: '2026-01-06', metric: 'websocket_latency_ms', n: 10, mean: 40 },
  ],
  uptimePercent: 99.95,
  adoption: features.map((feature) => ({ feature, percent: 90, users: 100 })),
  criticalAlerts: [],
  reports: [
    { kind: 'daily', date: '2026-01-05', outcome: 'made', deadMessages: 0 },
    { kind: 'weekly', date: '2026-01-05', outcome: 'made', deadMessages: 0 },
  ],
  dashboard: { answers: true, seen: 'the dashboard answers 200' },
  dataAgeMs: 60_000,
  targets,
};
const judge = (id: KpiId, changes: Partial<KpiFacts> = {}) => judgeKpi(id, { ...good, ...changes }, null);

describe('the checklists', () => {
  it('have the lines of the first document, five a period', () => {
    expect(kpiPeriods.map((period) => kpiLines.filter((line) => line.period === period).length)).toEqual([5, 5, 5]);
    expect(attestedLines).toEqual(['stakeholder-confidence', 'impact-validated', 'scale-ready']);
    expect(kpiDays).toEqual({ 'week-1': 7, 'month-1': 30, 'quarter-1': 90 });
  });

  it('are about the days that have begun, and complete when the last one is over', () => {
    expect(kpiSpan('week-1', '2026-01-05', '2026-01-08')).toEqual({
      from: '2026-01-05',
      to: '2026-01-08',
      last: '2026-01-11',
      complete: false,
    });
    expect(kpiSpan('week-1', '2026-01-05', '2026-01-11')?.complete).toBe(false);
    expect(kpiSpan('week-1', '2026-01-05', '2026-01-12')).toEqual({
      from: '2026-01-05',
      to: '2026-01-11',
      last: '2026-01-11',
      complete: true,
    });
    expect(kpiSpan('month-1', '2026-01-05', '2026-01-04')).toBeNull();
  });

  it('are all met when everything is well, save what people attest', () => {
    const states = kpiLines.map(({ id, judgedBy }) => [judgedBy, judge(id).state].join(' '));
    expect(new Set(states)).toEqual(new Set(['machine met', 'person unattested']));
    for (const { id } of kpiLines) expect(judge(id).evidence).not.toBe('');
  });
});

describe('a line', () => {
  const absent = days(800, 800).map((day, i) => ({ ...day, calculated: i === 0 }));
  const alert = (metric: string) => ({ rule: 'r', title: `Rule of ${metric}`, metric, openedAt: 0 });
  it.each<[KpiId, Partial<KpiFacts>, string]>([
    ['roi-operational', { days: absent }, '1 of 2 days that are over are calculated; not 2026-01-06'],
    ['roi-operational', { days: [], todayCalculated: false }, 'today has not been calculated'],
    ['dashboard-updating', { dashboard: { answers: false, seen: 'it answers 404' } }, 'it answers 404; the newest data is 1 min old'],
    ['dashboard-updating', { dataAgeMs: 3_600_000 }, 'the newest data is 60 min old'],
    ['dashboard-updating', { dataAgeMs: null }, 'nothing was stored for a day'],
    ['daily-reports', { reports: [{ kind: 'daily', date: '2026-01-06', outcome: null, deadMessages: 0 }] }, 'daily of 2026-01-06 not made'],
    [
      'daily-reports',
      { reports: [{ kind: 'daily', date: '2026-01-06', outcome: 'skipped', deadMessages: 0 }] },
      'daily of 2026-01-06 skipped',
    ],
    [
      'reporting-functional',
      { reports: [{ kind: 'weekly', date: '2026-01-05', outcome: 'made', deadMessages: 1 }] },
      'weekly of 2026-01-05 not delivered',
    ],
    ['no-critical-alerts', { criticalAlerts: [alert('request_error'), alert('request_error')] }, '2 opened: Rule of request_error (2)'],
    ['no-critical-performance', { criticalAlerts: [alert('websocket_latency_ms')] }, '1 opened'],
    ['performance-acceptable', { uptimePercent: 99.2 }, 'Uptime 99.2 % (limit 99.5)'],
    [
      'performance-acceptable',
      { measures: [{ day: '2026-01-05', metric: 'error_rate_percent', n: 1, mean: 3 }] },
      'Error rate 3 % (limit 2)',
    ],
    [
      'performance-targets',
      { measures: [{ day: '2026-01-05', metric: 'error_rate_percent', n: 1, mean: 1.5 }] },
      'missed at times: Error rate',
    ],
    ['roi-above-500', { days: days(500, 500, 500, 500, 500, 500, 500) }, '2026-01-05: 500 %'],
    ['roi-above-710', { days: days(720, 720, 720, 720, 720, 720, 600) }, 'more than 710 % wanted'],
    ['roi-above-500', { days: days(1, 2, 3, 4, 5, 6, 7).map((day) => ({ ...day, costUsdMicros: 0 })) }, 'no cost'],
    ['adoption-above-60', { adoption: good.adoption.slice(1) }, 'realtime_intelligence 0 %'],
    ['adoption-above-80', { adoption: good.adoption.map((one) => ({ ...one, percent: 80 })) }, 'more than 80 % wanted'],
  ])('%s is missed: case %#', (id, changes, evidence) => {
    const found = judge(id, changes);
    expect(found.state).toBe('missed');
    expect(found.evidence).toContain(evidence);
  });

  it.each<[KpiId, Partial<KpiFacts>]>([
    ['daily-reports', { reports: [] }],
    ['performance-acceptable', { measures: [], uptimePercent: null }],
    ['performance-targets', { measures: [] }],
    ['roi-above-500', { days: days(1, 2, 3, 4, 5, 6) }],
    ['adoption-above-60', { adoption: [] }],
  ])('%s waits while there is nothing to judge by', (id, changes) => {
    expect(judge(id, changes).state).toBe('pending');
  });

  it('is judged by the targets in force', () => {
    const stricter = { ...targets, roi_percent: { target: 900, excellent: null, warning: 800, critical: null } };
    expect(judge('roi-above-500', { targets: stricter }).state).toBe('missed');
    expect(judge('roi-above-500', { targets: {} }).state).toBe('met');
  });

  it('may be missed on one day of ten and be consistent', () => {
    const ten = Array.from({ length: 10 }, (_, i) => ({
      day: plusDays('2026-01-05', i),
      metric: 'error_rate_percent' as const,
      n: 1,
      mean: i === 0 ? 5 : 0.5,
    }));
    expect(judge('performance-targets', { measures: ten })).toMatchObject({
      state: 'met',
      evidence: expect.stringContaining('9 of 10 days (90 %'),
    });
    expect(judge('performance-targets', { measures: ten.slice(0, 9) }).state).toBe('missed');
  });

  it('is whole weeks of ROI: one bad day does not break it, and days beyond the last week do not count', () => {
    expect(judge('roi-above-500', { days: days(900, 900, 900, 900, 900, 900, -50, -100) }).state).toBe('met');
  });

  it('is a person’s word where no machine can judge', () => {
    const word = { met: true, note: 'review', by: 'ann', at: Date.UTC(2026, 1, 1) };
    expect(judgeKpi('scale-ready', good, word)).toEqual({ state: 'attested', evidence: 'ann, 2026-02-01: review' });
    expect(judgeKpi('scale-ready', good, { ...word, met: false }).state).toBe('denied');
  });

  it('names eight things and how many more there are', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ rule: `r${i}`, title: `Rule ${i}`, metric: 'cost_usd', openedAt: 0 }));
    expect(judge('no-critical-alerts', { criticalAlerts: many }).evidence).toContain('and 4 more');
    expect(judge('no-critical-performance', { criticalAlerts: many }).state).toBe('met');
  });
});

describe('reports that are due', () => {
  it('are those whose hour is past whatever it is: daily ones two days later, weekly ones from Monday on', () => {
    expect(reportsDue('2026-01-05', '2026-01-14', '2026-01-14')).toEqual([
      ...['05', '06', '07', '08', '09', '10', '11'].map((day) => ({ kind: 'daily', date: `2026-01-${day}` })),
      { kind: 'weekly', date: '2026-01-05' },
      { kind: 'daily', date: '2026-01-12' },
    ]);
    expect(reportsDue('2026-01-06', '2026-01-06', '2026-01-07')).toEqual([]);
  });
});
