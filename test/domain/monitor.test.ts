import { describe, expect, it } from 'vitest';
import { type MonitorVerdict, monitorVerdict, type RoiFigures, type SystemFigures } from '../../src/domain/monitor.ts';
import {
  type Actuals,
  levelsOf,
  roiLines,
  type TargetOf,
  targetState,
  targetsOf,
  watchedMetrics,
} from '../../src/domain/report/targets.ts';
import type { SetTarget } from '../../src/domain/target-choice.ts';
import { figuresOf } from '../support/report.ts';

const roi: RoiFigures = { percent: 687, target: 710, warning: 500, critical: 200 };
const calm: SystemFigures = {
  lags: [
    { stage: 'store', lag: 3, stuck: false },
    { stage: 'window', lag: 12, stuck: false },
  ],
  storedWithinSeconds: 1.2,
  newestDataSeconds: 40,
  outboxWaitingSeconds: null,
  outboxDead: 0,
  deadLetters: 0,
  firing: { critical: 0, warning: 0 },
  overdueReports: [],
};
const targets = figuresOf().targets ?? [];
const verdictOf = (changes: Partial<SystemFigures> = {}, percent: number | null = roi.percent): MonitorVerdict =>
  monitorVerdict({ ...roi, percent }, targets, { ...calm, ...changes });
const check = (verdict: MonitorVerdict, name: string) => verdict.checks.find((one) => one.name === name);

describe('the monitor', () => {
  it('is content when everything is within its limits, and does not mind what nobody measures', () => {
    const verdict = verdictOf();
    expect(verdict.state).toBe('ok');
    expect(check(verdict, 'Uptime')).toMatchObject({ state: 'unknown', seen: 'not measured lately' });
    expect(check(verdict, 'WebSocket latency')?.seen).toBe('41.27 ms, target 50 (warning above 100, critical above 200)');
    expect(check(verdict, 'Lag of the stages')?.seen).toBe('at most 12 records (window), all moving');
  });

  it.each([
    ['critical', 'ROI of the last 24 hours', {}, 199],
    ['warning', 'ROI of the last 24 hours', {}, 499],
    ['unknown', 'ROI of the last 24 hours', {}, null],
    ['critical', 'Lag of the stages', { lags: [{ stage: 'store', lag: 900, stuck: true }] }, 600],
    ['unknown', 'Lag of the stages', { lags: [] }, 600],
    ['warning', 'Time to storage', { storedWithinSeconds: 31 }, 600],
    ['critical', 'Time to storage', { storedWithinSeconds: 301 }, 600],
    ['warning', 'Newest data', { newestDataSeconds: 86_000 }, 600],
    ['unknown', 'Newest data', { newestDataSeconds: null }, 600],
    ['warning', 'Delivery', { outboxWaitingSeconds: 400 }, 600],
    ['critical', 'Delivery', { outboxWaitingSeconds: 4000, outboxDead: 2 }, 600],
    ['warning', 'Delivery', { outboxDead: 2 }, 600],
    ['warning', 'Dead letters', { deadLetters: 1 }, 600],
    ['critical', 'Dead letters', { deadLetters: 100 }, 600],
    ['critical', 'Alerts firing', { firing: { critical: 1, warning: 0 } }, 600],
    ['warning', 'Alerts firing', { firing: { critical: 0, warning: 2 } }, 600],
    ['warning', 'Reports', { overdueReports: ['daily'] }, 600],
  ] as const)('says %s of "%s"', (state, name, changes, percent) => {
    const verdict = verdictOf(changes as Partial<SystemFigures>, percent);
    expect(check(verdict, name)?.state).toBe(state);
    expect(verdict.state).toBe(state === 'unknown' ? 'ok' : state);
  });

  it('knows nothing where nothing is known', () => {
    const nothing = { ...calm, storedWithinSeconds: null, newestDataSeconds: null, lags: [] };
    expect(monitorVerdict({ ...roi, percent: null, warning: null, critical: null }, [], nothing).checks.map(({ state }) => state)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
      'ok',
      'ok',
      'ok',
      'ok',
    ]);
  });
});

describe('targets', () => {
  const rule = { id: 'error-rate', tenant: null, enabled: true, levels: { warning: 2, critical: 5 } };

  it('take their limits from the rules as they stand', () => {
    expect(levelsOf([rule], 'error-rate')).toEqual({ warning: 2, critical: 5 });
    expect(
      levelsOf(
        [
          { ...rule, enabled: false },
          { ...rule, tenant: 'acme' },
        ],
        'error-rate',
      ),
    ).toEqual({ warning: null, critical: null });
    const actuals = { ...Object.fromEntries(watchedMetrics.map((metric) => [metric, null])), error_rate_percent: 6 } as Actuals;
    const inForce =
      (set: SetTarget | null): TargetOf =>
      (metric) => ({ metric, target: 1, excellent: null, warning: 3, critical: null, set });
    const errorRate = (set: SetTarget | null) =>
      targetsOf(inForce(set), [rule], actuals).find(({ metric }) => metric === 'error_rate_percent');
    expect(errorRate(null)).toMatchObject({ target: 1, warning: 2, critical: 5, actual: 6, better: 'lower' });
    // Whoever sets a target says where its lines are.
    expect(errorRate({} as SetTarget)).toMatchObject({ warning: 3, critical: null });
    expect(roiLines(inForce(null), [rule])).toEqual({ target: 1, warning: null, critical: null });
  });

  it('are met, within limits, or beyond one', () => {
    const of = (actual: number | null, better: 'lower' | 'higher' = 'lower') =>
      targetState(
        better === 'lower'
          ? { better, target: 50, warning: 100, critical: 200, actual }
          : { better, target: 80, warning: 60, critical: 40, actual },
      );
    expect([of(50), of(51), of(100.5), of(201), of(null)]).toEqual(['met', 'within', 'warning', 'critical', 'unknown']);
    expect([of(80, 'higher'), of(79, 'higher'), of(59, 'higher'), of(39, 'higher')]).toEqual(['met', 'within', 'warning', 'critical']);
  });
});
