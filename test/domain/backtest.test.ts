import { describe, expect, it } from 'vitest';
import { backtest, type MinutePart } from '../../src/domain/backtest.ts';
import { MINUTE, ruleOf, T0 } from '../support/alerted.ts';

const HOUR = 3_600_000;
const settings = {
  windows: [
    { sizeMs: MINUTE, hopMs: MINUTE },
    { sizeMs: 5 * MINUTE, hopMs: MINUTE },
    { sizeMs: 10_000, hopMs: 10_000 },
  ],
  roiWindows: [{ sizeMs: HOUR, hopMs: 5 * MINUTE }],
  alerts: { graceMs: 10 * MINUTE, repeatMs: HOUR },
};
const row = (minute: number, changes: Partial<MinutePart>): MinutePart => ({
  minute: T0 + minute * MINUTE,
  metric: 'request_error',
  featureId: 'platform',
  tenantId: 'acme',
  variant: null,
  n: 100,
  sum: 0,
  sumSquares: 0,
  min: 0,
  max: 1,
  valueUsdMicros: 0,
  ...changes,
});
const minutes = Array.from({ length: 30 }, (_, i) => row(i, { sum: i >= 10 && i < 15 ? 10 : 1 }));
const told = (rules: ReturnType<typeof ruleOf>[], rows = minutes, from = T0) =>
  backtest(rules, rows, from, settings).transitions.map(
    ({ transition, severity, windowEnd }) => `${transition} ${severity} ${(windowEnd - T0) / MINUTE}`,
  );

describe('rules held against the past', () => {
  it('tell what they would have told, whatever the order of the rows', () => {
    expect(told([ruleOf()])).toEqual(['opened critical 11', 'resolved critical 16']);
    expect(told([ruleOf()], [...minutes].reverse())).toEqual(told([ruleOf()]));
    expect(told([ruleOf({ window: '5m' })])).toEqual([
      'opened warning 11',
      'escalated critical 13',
      'deescalated warning 18',
      'resolved warning 20',
    ]);
  });

  it('tell nothing of the time before the range', () => {
    expect(told([ruleOf()], minutes, T0 + 13 * MINUTE)).toEqual(['opened critical 14', 'resolved critical 16']);
  });

  it('join value and cost', () => {
    const roi = ruleOf({ metric: 'roi_percent', statistic: 'roi', window: '1h', comparison: 'below', warning: 500, critical: 200 });
    const lead = (i: number) =>
      row(i, { metric: 'response_time_seconds', featureId: 'realtime_intelligence', n: 1, sum: 1, valueUsdMicros: 7_000_000 });
    const cost = (i: number) => row(i, { metric: 'cost_usd', n: 1, sum: 1, valueUsdMicros: -1_000_000 });
    const rows = [
      ...Array.from({ length: 60 }, (_, i) => lead(i)),
      ...Array.from({ length: 60 }, (_, i) => cost(i)),
      ...[60, 61, 62, 63, 64, 65, 66, 67, 68, 69].map(cost),
    ];
    expect(told([roi], rows)).toEqual(['opened warning 70']);
  });

  it('are skipped, and named, when stored minutes cannot answer them', () => {
    const rules = [
      ruleOf({ id: 'short', window: '10s' }),
      ruleOf({ id: 'signal', metric: 'uptime_percent', statistic: 'latest', window: '24h' }),
      ruleOf({ id: 'off', enabled: false }),
    ];
    const { skipped, transitions } = backtest(rules, minutes, T0, settings);
    expect(skipped.map(({ id }) => id)).toEqual(['short', 'signal']);
    expect(transitions).toEqual([]);
    expect(backtest([ruleOf()], [], T0, settings).transitions).toEqual([]);
  });
});
