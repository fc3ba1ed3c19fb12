import { describe, expect, it } from 'vitest';
import { adoptionSignals, metDays, signalPart, signalProgress, type TargetAt, uptimeSignal } from '../../src/domain/signal.ts';
import { sourcesOf } from '../../src/domain/source.ts';

const DAY = 86_400_000;
const targets: TargetAt = (metric) => (metric === 'error_rate_percent' ? 1 : 50);
const day = (i: number, errors: number, latencyMs: number) => [
  { day: i * DAY, metric: 'request_error', n: 100, sum: errors },
  { day: i * DAY, metric: 'websocket_latency_ms', n: 10, sum: latencyMs * 10 },
];

describe('signals', () => {
  it('say which share of the minutes was up, and nothing without requests', () => {
    expect(uptimeSignal({ up: 1438, minutes: 1440 })).toMatchObject([{ metric: 'uptime_percent', value: (100 * 1438) / 1440, n: 1440 }]);
    expect(uptimeSignal({ up: 0, minutes: 0 })).toEqual([]);
  });

  it('say which share of the active users used each valued feature', () => {
    const rows = [
      { feature: '', users: 50 },
      { feature: 'ai_coaching', users: 20 },
      { feature: 'my_feature', users: 9 },
      { feature: 'churn_prevention', users: 0 },
    ];
    expect(adoptionSignals(rows)).toEqual([{ metric: 'adoption_percent', featureId: 'ai_coaching', value: 40, n: 50 }]);
  });

  it('count the days in a row on which every target was met, from yesterday back', () => {
    const rows = [...day(1, 0, 40), ...day(2, 1, 40), ...day(3, 0, 40), ...day(4, 0.5, 49)];
    const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => (i + 1) * DAY);
    expect(metDays(rows, targets, upTo(4))).toBe(2);
    expect(metDays(rows, targets, upTo(4).slice(2))).toBe(2);
    expect(metDays([...rows, ...day(5, 0, 50)], targets, upTo(5))).toBe(0);
    expect(metDays(rows, targets, upTo(6))).toBe(0);
    expect(metDays([], targets, upTo(1))).toBe(0);
  });

  it('hold each day against the target that was in force on it', () => {
    const rows = [...day(1, 0, 40), ...day(2, 0, 60), ...day(3, 0, 45)];
    const days = [DAY, 2 * DAY, 3 * DAY];
    expect(metDays(rows, targets, days)).toBe(1);
    expect(metDays(rows, (metric, at) => (at === 2 * DAY ? 61 : targets(metric, at)), days)).toBe(3);
    expect(metDays(rows, (metric, at) => (at === 3 * DAY ? 45 : targets(metric, at)), days)).toBe(0);
  });

  it('enter as windows of a day that replace themselves when they are told again', () => {
    const part = signalPart({ metric: 'uptime_percent', featureId: 'platform', value: 99, n: 7 }, 10 * DAY, 300_000);
    expect(part).toMatchObject({ start: 9 * DAY, end: 10 * DAY, hopMs: 300_000, max: 99, n: 7, sourceOffset: 10 * DAY });
    expect(signalProgress(5)).toEqual({ topic: 'signals', partition: 0, partitions: 1, through: 5 });
  });

  it('come from their own source, and every other metric from the topic of its kind', () => {
    expect(sourcesOf('uptime_percent')).toEqual(['signals']);
    expect(sourcesOf('websocket_latency_ms')).toEqual(['impact-request-telemetry']);
    expect(sourcesOf('scoring_latency_ms')).toEqual(['impact-lead-intelligence']);
    expect(sourcesOf('my_metric')).toEqual(['impact-custom-metrics']);
    expect(sourcesOf('roi_percent')).toHaveLength(6);
  });
});
