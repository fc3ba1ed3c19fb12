import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAt, dayEdges, isDay, isZone, mondayOf, offsetMs, plusDays, plusMonths, startOfDay } from '../../src/domain/zone.ts';

const iso = (at: number): string => new Date(at).toISOString();
const zones = [
  'UTC',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Pacific/Auckland',
  'America/Havana',
];

describe('days in a time zone', () => {
  it('begin at local midnight, whatever the offset', () => {
    expect(iso(startOfDay('UTC', '2026-01-11'))).toBe('2026-01-11T00:00:00.000Z');
    expect(iso(startOfDay('America/New_York', '2026-01-11'))).toBe('2026-01-11T05:00:00.000Z');
    expect(iso(startOfDay('Asia/Kolkata', '2026-01-11'))).toBe('2026-01-10T18:30:00.000Z');
  });

  it('have 23 hours when clocks go forward and 25 when they go back', () => {
    const hours = (day: string): number =>
      (startOfDay('America/New_York', plusDays(day, 1)) - startOfDay('America/New_York', day)) / 3_600_000;
    expect([hours('2026-03-08'), hours('2026-11-01'), hours('2026-07-01')]).toEqual([23, 25, 24]);
  });

  it('begin when clocks go forward over midnight, and at the first of two midnights', () => {
    expect(iso(startOfDay('America/Sao_Paulo', '2018-11-04'))).toBe('2018-11-04T03:00:00.000Z');
    expect(iso(startOfDay('America/Havana', '2025-11-02'))).toBe('2025-11-02T04:00:00.000Z');
  });

  it('are the days of the instants in them, for any instant and zone', () => {
    const instants = fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2037, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (zone, at) => {
        const day = dayAt(zone, at);
        const start = startOfDay(zone, day);
        expect(start).toBeLessThanOrEqual(at);
        expect(startOfDay(zone, plusDays(day, 1))).toBeGreaterThan(at);
        expect(dayAt(zone, start)).toBe(day);
        expect(dayAt(zone, start - 1)).not.toBe(day);
      }),
    );
  });

  it('lie between edges, the last day being the one that it is', () => {
    const edges = dayEdges('Europe/Berlin', Date.UTC(2026, 2, 29, 12), 2);
    expect(edges.map(iso)).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
  });

  it('know half-hour offsets and their own limits', () => {
    expect(offsetMs('Asia/Kathmandu', 0)).toBe(5.5 * 3_600_000);
    expect([isZone('Europe/Berlin'), isZone('Mars/Olympus'), isZone('')]).toEqual([true, false, false]);
    expect([isDay('2024-02-29'), isDay('2026-02-29'), isDay('2026-1-1'), isDay('today')]).toEqual([true, false, false, false]);
  });

  it('step over months, years and weeks', () => {
    expect([plusMonths('2026-01-31', 1), plusMonths('2026-12-05', 1), plusMonths('2026-01-15', -1)]).toEqual([
      '2026-02-01',
      '2027-01-01',
      '2025-12-01',
    ]);
    expect([mondayOf('2026-01-05'), mondayOf('2026-01-11'), mondayOf('2026-01-06')]).toEqual(['2026-01-05', '2026-01-05', '2026-01-05']);
  });
});
