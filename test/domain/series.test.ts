import { describe, expect, it } from 'vitest';
import { aggregates, fillGaps, isAggregate, quantileOf, unitOf } from '../../src/domain/series.ts';

describe('aggregates', () => {
  it('are a closed list, and any percentile between 0 and 100', () => {
    expect(aggregates.every(isAggregate)).toBe(true);
    expect(['p50', 'p95', 'p99.9', 'p0.5', 'p99.999'].map(quantileOf)).toEqual([0.5, 0.95, 0.999, 0.005, 0.99999]);
    expect(['p0', 'p0.0', 'p100', 'p-1', 'p', 'p9.9999', 'median', 'P95'].filter(isAggregate)).toEqual([]);
  });

  it('have the unit that the metric’s name carries', () => {
    expect(unitOf('websocket_latency_ms', 'p95')).toBe('ms');
    expect(unitOf('response_time_seconds', 'mean')).toBe('s');
    expect(unitOf('session_duration_minutes', 'max')).toBe('min');
    expect(unitOf('cost_usd', 'sum')).toBe('USD');
    expect(unitOf('request_error', 'mean')).toBe('share');
    expect(unitOf('request_error', 'sum')).toBe('events');
    expect(unitOf('anything', 'mean')).toBe('1');
    expect([unitOf('x_ms', 'count'), unitOf('x_ms', 'rate'), unitOf('x_ms', 'uniques'), unitOf('x_ms', 'value_usd')]).toEqual([
      'events',
      'events/s',
      'users',
      'USD',
    ]);
  });
});

describe('gaps', () => {
  const starts = [10, 20, 30, 40];
  const values = new Map([
    [20, 5],
    [40, null],
  ]);
  const filled = (fill: Parameters<typeof fillGaps>[2]) => fillGaps(starts, values, fill).map(({ value }) => value);

  it('are null, zero, what was before, or left out', () => {
    expect(filled('null')).toEqual([null, 5, null, null]);
    expect(filled('zero')).toEqual([0, 5, 0, null]);
    expect(filled('previous')).toEqual([null, 5, 5, null]);
    expect(fillGaps(starts, values, 'none')).toEqual([
      { at: 20, value: 5 },
      { at: 40, value: null },
    ]);
  });
});
