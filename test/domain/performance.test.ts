/** The live performance: what the figures of the services are made of, and how they are judged. */
import { describe, expect, it } from 'vitest';
import { actualsOf, judged, measuredMetrics, performanceMetrics, performanceOf } from '../../src/domain/performance.ts';

const HOUR = 3_600_000;
const span = { from: 0, to: 4 * HOUR };
const rows = {
  sums: [
    { at: 0, metric: 'websocket_latency_ms', n: 10, sum: 300 },
    { at: HOUR, metric: 'websocket_latency_ms', n: 10, sum: 900 },
    { at: 0, metric: 'request_error', n: 10, sum: 1 },
    { at: 2 * HOUR, metric: 'request_error', n: 10, sum: 2 },
  ],
  ups: [
    { at: 0, up: 29, minutes: 30 },
    { at: 2 * HOUR, up: 10, minutes: 10 },
  ],
};
const of = (metric: string) => performanceOf(rows, span).find((one) => one.metric === metric);

describe('a figure', () => {
  it('is now what it was in the last hour that held any, and every hour has a point', () => {
    expect(of('websocket_latency_ms')).toMatchObject({
      value: 90,
      points: [{ value: 30 }, { value: 90 }, { value: null }, { value: null }],
    });
    expect(of('websocket_latency_ms')?.points.map(({ at }) => at)).toEqual([0, HOUR, 2 * HOUR, 3 * HOUR]);
  });

  it('of errors is told in percent', () => {
    expect(of('error_rate_percent')?.points.map(({ value }) => value)).toEqual([10, null, 20, null]);
  });

  it('of uptime is that of the whole span, by minutes and not by hours', () => {
    expect(of('uptime_percent')).toMatchObject({ value: 97.5, points: [{ value: (100 * 29) / 30 }, { value: null }, { value: 100 }, {}] });
  });

  it('is unknown where nothing was measured', () => {
    expect(of('vision_analysis_latency_ms')).toMatchObject({ value: null, points: [{ value: null }, {}, {}, {}] });
    expect(performanceOf({ sums: [], ups: [] }, span).every(({ value }) => value === null)).toBe(true);
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
