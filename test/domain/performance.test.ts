/** The live performance: what the figures of the services are made of, and how they are judged. */
import { describe, expect, it } from 'vitest';
import {
  actualsOf,
  judged,
  measuredMetrics,
  type PerformanceRow,
  performanceMetrics,
  performanceOf,
} from '../../src/domain/performance.ts';

const HALF_HOUR = 1_800_000;
const span = { from: 0, to: 4 * HALF_HOUR, stepMs: HALF_HOUR };
const row = (at: number, metric: string, sums: Partial<PerformanceRow>): PerformanceRow => ({
  at,
  metric,
  n: 10,
  sum: 0,
  up: 0,
  minutes: 0,
  ...sums,
});
const rows = [
  row(60_000, 'websocket_latency_ms', { sum: 300 }),
  row(HALF_HOUR + 60_000, 'websocket_latency_ms', { sum: 900 }),
  row(60_000, 'request_error', { sum: 1, up: 29, minutes: 30 }),
  row(2 * HALF_HOUR, 'request_error', { sum: 2, up: 10, minutes: 10 }),
];
const of = (metric: string) => performanceOf(rows, span).find((one) => one.metric === metric);

describe('a figure', () => {
  it('is now what it was in the last step that held any, and every step has a point', () => {
    expect(of('websocket_latency_ms')).toMatchObject({
      value: 90,
      points: [{ value: 30 }, { value: 90 }, { value: null }, { value: null }],
    });
    expect(of('websocket_latency_ms')?.points.map(({ at }) => at)).toEqual([0, HALF_HOUR, 2 * HALF_HOUR, 3 * HALF_HOUR]);
  });

  it('of errors is told in percent', () => {
    expect(of('error_rate_percent')?.points.map(({ value }) => value)).toEqual([10, null, 20, null]);
  });

  it('of uptime is that of the whole span, by minutes and not by steps', () => {
    expect(of('uptime_percent')).toMatchObject({ value: 97.5, points: [{ value: (100 * 29) / 30 }, { value: null }, { value: 100 }, {}] });
  });

  it('is unknown where nothing was measured', () => {
    expect(of('vision_analysis_latency_ms')).toMatchObject({ value: null, points: [{ value: null }, {}, {}, {}] });
  });
});

it('is made of five stored metrics, and says nothing of adoption', () => {
  expect(measuredMetrics).toEqual([
    'websocket_latency_ms',
    'ml_inference_latency_ms',
    'vision_analysis_latency_ms',
    'coaching_analysis_latency_ms',
    'request_error',
  ]);
  expect(actualsOf(performanceOf(rows, span))).toMatchObject({ websocket_latency_ms: 90, uptime_percent: 97.5, adoption_percent: null });
});

it('is held against the target of the same metric, and left out without one', () => {
  const performance = performanceOf(rows, span);
  const lines = { target: 99.9, warning: 99.5, critical: 99 };
  const uptime = { metric: 'uptime_percent', title: 'Uptime', unit: '%', better: 'higher' as const, ...lines, actual: 97.5 };
  expect(performanceMetrics).toContain('uptime_percent');
  const [only, ...others] = judged(performance, [uptime]);
  expect(only).toMatchObject({ metric: 'uptime_percent', title: 'Uptime', value: 97.5, target: 99.9, state: 'critical' });
  expect(others).toEqual([]);
});
