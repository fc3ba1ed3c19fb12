import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWholePeriod, periodBefore, periodTitle, periodWith, reportKinds } from '../../src/domain/report/period.ts';
import { instantAt, missedReports, newestDue, nextDue } from '../../src/domain/schedule.ts';
import { dayAt, offsetMs, plusDays } from '../../src/domain/zone.ts';

const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);
const zones = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'America/Sao_Paulo'];
const anyZone = fc.constantFrom(...zones);
const anyTime = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2030, 0, 1) });
const anyMinutes = fc.integer({ min: 0, max: 1439 });
const anyKind = fc.constantFrom(...reportKinds);

describe('the periods of reports', () => {
  it('are the day, the week from Monday, the month and the quarter that a day is in', () => {
    expect(periodWith('daily', '2026-01-11')).toEqual({ from: '2026-01-11', to: '2026-01-12' });
    expect(periodWith('weekly', '2026-01-11')).toEqual({ from: '2026-01-05', to: '2026-01-12' });
    expect(periodWith('monthly', '2024-02-29')).toEqual({ from: '2024-02-01', to: '2024-03-01' });
    expect(periodWith('quarterly', '2026-12-31')).toEqual({ from: '2026-10-01', to: '2027-01-01' });
    expect(periodBefore('quarterly', { from: '2026-01-01', to: '2026-04-01' })).toEqual({ from: '2025-10-01', to: '2026-01-01' });
    expect(lastWholePeriod('weekly', '2026-01-12')).toEqual({ from: '2026-01-05', to: '2026-01-12' });
  });

  it('have names that people use', () => {
    const named = (kind: (typeof reportKinds)[number], day: string): string => periodTitle(kind, periodWith(kind, day));
    expect(named('daily', '2026-01-11')).toBe('Sunday, 11 January 2026');
    expect(named('weekly', '2026-01-11')).toBe('5 to 11 January 2026');
    expect(named('weekly', '2026-03-31')).toBe('30 March to 5 April 2026');
    expect(named('weekly', '2026-01-01')).toBe('29 December 2025 to 4 January 2026');
    expect(named('monthly', '2026-01-11')).toBe('January 2026');
    expect(named('quarterly', '2026-08-01')).toBe('3rd quarter of 2026');
  });
});

describe('the time of a day', () => {
  it('is the first of two when clocks go back, and as much later as they skip when they go forward', () => {
    expect(new Date(instantAt('America/New_York', '2026-11-01', 90)).toISOString()).toBe('2026-11-01T05:30:00.000Z');
    expect(new Date(instantAt('America/New_York', '2026-03-08', 150)).toISOString()).toBe('2026-03-08T07:30:00.000Z');
    expect(new Date(instantAt('America/New_York', '2026-03-08', 540)).toISOString()).toBe('2026-03-08T13:00:00.000Z');
    expect(new Date(instantAt('America/New_York', '2026-03-07', 540)).toISOString()).toBe('2026-03-07T14:00:00.000Z');
  });

  it('is shown by the clocks of the zone at that instant, unless they skip it', () => {
    fc.assert(
      fc.property(anyZone, anyTime, anyMinutes, (zone, time, minutes) => {
        const day = dayAt('UTC', time);
        const instant = instantAt(zone, day, minutes);
        const wall = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
        const late = instant + offsetMs(zone, instant) - wall;
        // Apia once left a whole day out.
        expect(late === 0 || (late > 0 && late <= DAY)).toBe(true);
        if (late > 0) expect(offsetMs(zone, instant)).toBeGreaterThan(offsetMs(zone, instant - 2 * DAY));
      }),
    );
  });
});

describe('the schedule', () => {
  it('is due daily, on Mondays, on the first of a month and of a quarter, about the period before', () => {
    const now = at('2026-01-12T10:00:00Z');
    expect(newestDue('daily', 'UTC', 540, now)).toEqual({
      kind: 'daily',
      period: periodWith('daily', '2026-01-11'),
      dueAt: at('2026-01-12T09:00Z'),
    });
    expect(newestDue('weekly', 'UTC', 600, now)).toMatchObject({ period: { from: '2026-01-05' }, dueAt: now });
    expect(newestDue('weekly', 'UTC', 600, now - 1)).toMatchObject({ period: { from: '2025-12-29' } });
    expect(newestDue('monthly', 'UTC', 600, now)).toMatchObject({ period: { from: '2025-12-01' }, dueAt: at('2026-01-01T10:00Z') });
    expect(nextDue('quarterly', 'UTC', 600, now)).toMatchObject({ period: { from: '2026-01-01' }, dueAt: at('2026-04-01T10:00Z') });
  });

  it('has the next one after the newest, with nothing between them', () => {
    fc.assert(
      fc.property(anyKind, anyZone, anyMinutes, anyTime, (kind, zone, minutes, now) => {
        const [newest, next] = [newestDue(kind, zone, minutes, now), nextDue(kind, zone, minutes, now)];
        expect(newest.dueAt).toBeLessThanOrEqual(now);
        expect(next.dueAt).toBeGreaterThan(now);
        expect(next.period.from).toBe(newest.period.to);
      }),
    );
  });

  it('makes each report once over any sequence of looks, and none twice, across changes of clocks', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 3 * DAY }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(anyKind, anyZone, anyMinutes, anyTime, gaps, (kind, zone, minutes, start, waits) => {
        const made: string[] = [];
        let last = null as string | null;
        let now = start;
        for (const wait of waits) {
          const { make, skip } = missedReports(kind, { zone, minutes, catchUpMs: 7 * DAY }, now, last);
          for (const { period } of [...skip, ...make]) last = last === null || period.from > last ? period.from : last;
          made.push(...make.map(({ period }) => period.from));
          now += wait;
        }
        expect(made).toEqual([...new Set(made)].sort());
        // A process that never sleeps longer than the catch-up leaves no gap.
        for (let i = 1; i < made.length; i++) expect(periodBefore(kind, periodWith(kind, made[i] as string)).from).toBe(made[i - 1]);
      }),
    );
  });

  it('makes up for what was missed in the last week, and always for the newest', () => {
    const when = { zone: 'UTC', minutes: 540, catchUpMs: 7 * DAY };
    const missed = missedReports('daily', when, at('2026-01-31T12:00Z'), '2026-01-10');
    expect(missed.make.map(({ period }) => period.from)).toEqual(Array.from({ length: 7 }, (_, i) => plusDays('2026-01-24', i)));
    expect(missed.skip).toHaveLength(13);
    const monthly = missedReports('monthly', when, at('2026-03-20T12:00Z'), '2025-12-01');
    expect([monthly.make, monthly.skip].map((all) => all.map(({ period }) => period.from))).toEqual([['2026-02-01'], ['2026-01-01']]);
  });

  it('passes over what was due before its first start, and has nothing to do right after it was at it', () => {
    const when = { zone: 'Europe/Berlin', minutes: 540, catchUpMs: 7 * DAY };
    const first = missedReports('daily', when, at('2026-01-12T12:00Z'), null);
    expect([first.make.length, first.skip.map(({ period }) => period.from)]).toEqual([0, ['2026-01-11']]);
    expect(missedReports('daily', when, at('2026-01-12T12:00Z'), '2026-01-11')).toEqual({ make: [], skip: [] });
  });
});
