import { describe, expect, it } from 'vitest';
import { costsThere, dailyFigures, figuresAgree, recentData } from '../../../src/domain/validate/days.ts';
import { conflicts, deadLetters, gapsOf, lateShare, silences, tiersAgree } from '../../../src/domain/validate/events.ts';
import { finding, overall } from '../../../src/domain/validate/finding.ts';
import { alertsRecorded, epochs, restores, stageLag } from '../../../src/domain/validate/machine.ts';

const days = ['2026-01-10', '2026-01-11'];
const NOW = Date.UTC(2026, 0, 12);

describe('the verdict', () => {
  it('over all is the worst one, and evidence is no more than one can read', () => {
    const [fine, odd, broken] = (['ok', 'warning', 'failed'] as const).map((verdict) => finding('x', verdict, '', ''));
    expect(overall([])).toBe('ok');
    expect(overall([fine, odd, fine].flatMap((one) => one ?? []))).toBe('warning');
    expect(overall([odd, broken, fine].flatMap((one) => one ?? []))).toBe('failed');
    expect(finding('x', 'ok', '', '', Array(50).fill({})).evidence).toHaveLength(20);
  });
});

describe('days', () => {
  it('without events are a warning, and no event at all is a failure', () => {
    const counts = [{ day: '2026-01-10', events: 5 }];
    expect(recentData(days, [...counts, { day: '2026-01-11', events: 1 }])).toMatchObject({ verdict: 'ok', seen: '6 events in 2 days' });
    expect(recentData(days, counts)).toMatchObject({ verdict: 'warning', seen: '5 events in 2 days, none on 2026-01-11' });
    expect(recentData(days, [])).toMatchObject({ verdict: 'failed' });
    const many = Array.from({ length: 9 }, (_, n) => `2026-01-1${n}`);
    expect(recentData(many, counts).seen).toContain('and 3 more');
  });

  it('that are over need a row of figures', () => {
    const row = (date: string) => ({ date, total_revenue_impact: '1', net_roi_percentage: null });
    expect(dailyFigures(days, days.map(row))).toMatchObject({ verdict: 'ok', seen: '2 days calculated' });
    expect(dailyFigures(days, [row('2026-01-11')])).toMatchObject({
      verdict: 'failed',
      seen: expect.stringContaining('none for 2026-01-10'),
    });
  });

  it('without costs have no ROI that means anything', () => {
    expect(costsThere(days, days)).toMatchObject({ verdict: 'ok' });
    expect(costsThere(days, ['2026-01-10'])).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('2026-01-11') });
  });

  it('are compared with a calculation of now by day and feature, to the cent', () => {
    const cell = (valueUsdMicros: number, cost = 0, tenantId = 'a') => ({
      day: '2026-01-10',
      featureId: 'churn_prevention',
      tenantId,
      valueUsdMicros,
      directCostUsdMicros: cost,
      sharedCostUsdMicros: 0,
      commonCostUsdMicros: 0,
    });
    expect(figuresAgree([cell(5_000_000), cell(1_000_000, 0, 'b')], [cell(6_000_001)])).toMatchObject({
      verdict: 'ok',
      seen: '1 figure compared, none differs',
    });
    expect(figuresAgree([cell(5_000_000)], [cell(5_010_000)]).evidence).toEqual([
      { day: '2026-01-10', feature: 'churn_prevention', value_is_off_usd: 0.01, cost_is_off_usd: 0 },
    ]);
    expect(figuresAgree([cell(0, 20_000)], [])).toMatchObject({ verdict: 'failed' });
    expect(figuresAgree([], [cell(0, 20_000)])).toMatchObject({ verdict: 'failed' });
  });
});

describe('events', () => {
  const difference = {
    tier: '1h',
    day: '2026-01-10',
    tenant: 'a',
    feature: 'f',
    metric: 'm',
    n_raw: 2,
    n_tier: 1,
    usd_raw: '2',
    usd_tier: '1',
  };

  it('that do not add up in a tier are a failure that says which days to replay', () => {
    expect(tiersAgree(12, [])).toMatchObject({ verdict: 'ok', seen: '12 sums compared, none differs' });
    expect(tiersAgree(12, [difference])).toMatchObject({
      verdict: 'failed',
      evidence: [difference],
      seen: expect.stringContaining('on 2026-01-10'),
    });
  });

  it('with two payloads are a warning with their source', () => {
    expect(conflicts([]).verdict).toBe('ok');
    expect(conflicts([{ feature: 'f', source: 't', conflicts: 3 }])).toMatchObject({
      verdict: 'warning',
      seen: '3 ids with two payloads; the first one counts',
    });
  });

  it.each([
    [10, 0, 1000, 'ok'],
    [11, 0, 1000, 'warning'],
    [51, 0, 1000, 'failed'],
    [0, 1, 1000, 'failed'],
    [0, 0, 0, 'ok'],
  ])('late: %d, lost: %d, of %d is %s', (late, lost, events, verdict) => {
    expect(lateShare(late, lost, events).verdict).toBe(verdict);
  });

  it('set aside for a reason that may be ours are a failure; garbage of producers only when it is much', () => {
    expect(deadLetters([], 10).verdict).toBe('ok');
    expect(deadLetters([{ reason: 'invalid_field', letters: 1 }], 1000).verdict).toBe('ok');
    expect(deadLetters([{ reason: 'invalid_field', letters: 2 }], 1000).verdict).toBe('warning');
    expect(deadLetters([{ reason: 'processing_error', letters: 1 }], 1e9).verdict).toBe('failed');
    expect(deadLetters([{ reason: 'never_heard_of', letters: 1 }], 1e9).verdict).toBe('failed');
  });
});

describe('gaps', () => {
  const [hour, midnight] = [3_600, Date.UTC(2026, 0, 1) / 1000];
  const office = (day: number, hours: readonly number[]) => hours.map((n) => ({ feature: 'f', hour: midnight + (day * 24 + n) * hour }));
  const usual = [9, 10, 11, 12];

  it('are the hours in which a feature is there as a rule and was not, joined', () => {
    const rows = [...Array(9).keys()].flatMap((day) => office(day, day === 7 ? [9, 12] : usual));
    expect(gapsOf(rows, midnight + 9 * 24 * hour)).toEqual([{ feature: 'f', from: '2026-01-08T10:00Z', hours: 2 }]);
    expect(silences(rows, midnight + 9 * 24 * hour)).toMatchObject({
      verdict: 'warning',
      seen: '2 hours without events that usually have some',
    });
  });

  it('are not nights, nor the hour that is not over, nor what is too new to have habits', () => {
    const rows = [...Array(9).keys()].flatMap((day) => office(day, usual));
    expect(silences(rows, midnight + 9 * 24 * hour).verdict).toBe('ok');
    expect(gapsOf(rows, midnight + (9 * 24 + 9.5) * hour)).toEqual([]);
    expect(gapsOf(office(0, [9]), midnight + 48 * hour)).toEqual([]);
  });
});

describe('the machinery', () => {
  it('has no half-built generations unless a replay goes on', () => {
    const fault = { tenant: 'a', day: '2026-01-10', fault: 'is being built' };
    expect(epochs([], false).verdict).toBe('ok');
    expect(epochs([fault], true).verdict).toBe('warning');
    expect(epochs([fault], false).verdict).toBe('failed');
  });

  it('keeps up, and is watched', () => {
    const sample = { stage: 'store', topic: 't', partition: 0, lag: 5, sampledAt: 0, eventLagSeconds: 1 };
    expect(stageLag([])).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('record') });
    expect(stageLag([sample])).toMatchObject({ verdict: 'ok', seen: '5 records not read yet by 1 stage' });
    expect(stageLag([{ ...sample, lag: 200_000 }]).verdict).toBe('warning');
    expect(stageLag([{ ...sample, eventLagSeconds: 301 }]).verdict).toBe('warning');
    expect(stageLag([{ ...sample, eventLagSeconds: null }]).verdict).toBe('ok');
  });

  it('has ended every restore that it began', () => {
    expect(restores(null).verdict).toBe('ok');
    expect(restores({ backup: 'b', startedAt: new Date(NOW) })).toMatchObject({
      verdict: 'failed',
      seen: expect.stringContaining('2026-01-12T00:00'),
    });
  });

  it('records every alert, save those of this minute', () => {
    const opened = { alertId: 'a', rule: 'error-rate', openedAt: NOW - 60_001 };
    const counts = [{ alert_type: 'error-rate', count: 1 }];
    expect(alertsRecorded([opened], new Set(['a']), counts, NOW)).toMatchObject({
      verdict: 'ok',
      seen: '1 alert recorded',
      evidence: counts,
    });
    expect(alertsRecorded([opened], new Set(), counts, NOW)).toMatchObject({ verdict: 'failed', evidence: [opened] });
    expect(alertsRecorded([{ ...opened, openedAt: NOW - 1 }], new Set(), [], NOW).verdict).toBe('ok');
  });
});
