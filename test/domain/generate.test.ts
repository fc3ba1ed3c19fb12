import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { costLinesOf, hourlyCostUsd } from '../../src/domain/generate/costs.ts';
import { randomFor, uuidFrom } from '../../src/domain/generate/random.ts';
import { ordinary, type Scenario } from '../../src/domain/generate/scenario.ts';
import { eventsBefore, HOUR_MS, WEEK_MS } from '../../src/domain/generate/season.ts';
import { generateEvents } from '../../src/domain/generate.ts';
import { measurementsOf } from '../../src/domain/measurement.ts';
import { microsOfUsd, satisfactionValueMicros } from '../../src/domain/roi.ts';
import { createTotals, type DayTotal } from '../../src/domain/totals.ts';
import { parseEvent } from '../../src/domain/validate.ts';

const DAY_MS = 24 * HOUR_MS;

/** Worth of one tenant's feature on its day before costs, satisfaction included; micros. */
const grossValueMicros = ({ valueUsdMicros, costUsdMicros, ratings, ratingsSum }: DayTotal): number =>
  valueUsdMicros + costUsdMicros + satisfactionValueMicros(ratings, ratingsSum, DAY_MS / 1000);

const start = Date.UTC(2026, 0, 5);
const moments = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) });
const lengths = fc.integer({ min: 0, max: 6 * HOUR_MS });
const all = (scenario: Scenario, from: number, to: number): FeatureEvent[] => [...generateEvents(scenario, from, to)];
/** Texts compare ten times as fast as objects. */
const texts = (scenario: Scenario, from: number, to: number): string[] => all(scenario, from, to).map((event) => JSON.stringify(event));

describe('generated events', () => {
  it('are the same for the same seed and range', () => {
    fc.assert(
      fc.property(fc.integer(), moments, lengths, (seed, from, length) => {
        const scenario = { ...ordinary, seed };
        expect(texts(scenario, from, from + length)).toEqual(texts(scenario, from, from + length));
      }),
      { numRuns: 20 },
    );
  });

  it('do not depend on where a range is cut', () => {
    fc.assert(
      fc.property(moments, lengths, lengths, (from, first, second) => {
        const whole = texts(ordinary, from, from + first + second);
        const parts = [...texts(ordinary, from, from + first), ...texts(ordinary, from + first, from + first + second)];
        expect(parts).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('come in order of time, inside the range, each with an id of its own', () => {
    const events = all({ ...ordinary, extraPerSecond: 5 }, start, start + HOUR_MS);
    const times = events.map((event) => event.occurredAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.every((time) => time >= start && time < start + HOUR_MS)).toBe(true);
    expect(new Set(events.map((event) => event.eventId)).size).toBe(events.length);
    expect(events.length).toBeGreaterThan(5 * 3_600);
  });

  it('differ between seeds', () => {
    const ids = (seed: number) => all({ ...ordinary, seed }, start, start + HOUR_MS).map((event) => event.eventId);
    expect(ids(1)).not.toEqual(ids(2));
  });

  it('are worth $265K to $440K a year and cost $43.2K, in any month', () => {
    for (const month of [0, 3, 7]) {
      const from = Date.UTC(2026, month, 3);
      const totals = createTotals();
      for (const event of generateEvents({ ...ordinary, requestsPerDay: 0 }, from, from + 14 * DAY_MS)) totals.add(event);
      const rows = totals.rows();
      const yearly = (sum: number) => (sum / 1e6 / 14) * 365;
      const value = yearly(rows.reduce((sum, row) => sum + grossValueMicros(row), 0));
      const cost = yearly(rows.reduce((sum, row) => sum + row.costUsdMicros, 0));
      expect(value).toBeGreaterThan(265_000);
      expect(value).toBeLessThan(440_000);
      expect(cost).toBeCloseTo(43_200, 0);
    }
  });

  it('have exact binary values, so that sums do not depend on order', () => {
    for (const event of generateEvents(ordinary, start, start + DAY_MS)) {
      if (event.kind === 'operating-costs') continue;
      for (const { value } of measurementsOf(event)) expect(value * 256).toBe(Math.round(value * 256));
    }
  });

  it('are all valid events', () => {
    const limits = { now: start + DAY_MS, maxFutureMs: 0 };
    const faults = all({ ...ordinary, extraPerSecond: 0.5 }, start, start + DAY_MS).flatMap((event) => {
      const { kind, ...record } = event;
      const parsed = parseEvent(kind, record, limits);
      return parsed.ok ? [] : [parsed.fault];
    });
    expect(faults).toEqual([]);
  });

  it('fail and slow down during an incident, and recover after it', () => {
    const incident = { from: start + 60_000, to: start + 120_000, errorShare: 0.15, websocketLatencyMs: 280 };
    const scenario = { ...ordinary, extraPerSecond: 100, incidents: [incident] };
    const errorShare = (minute: number) => {
      const requests = all(scenario, start + minute * 60_000, start + (minute + 1) * 60_000).filter((e) => e.kind === 'request-telemetry');
      return requests.filter((e) => !e.ok).length / requests.length;
    };
    expect(errorShare(0)).toBeLessThan(0.01);
    expect(errorShare(1)).toBeGreaterThan(0.1);
    expect(errorShare(2)).toBeLessThan(0.01);
  });

  it('bring more leads during a rush only', () => {
    const rush = { from: start + HOUR_MS, to: start + HOUR_MS + 120_000 };
    const leads = (scenario: Scenario) => all(scenario, start, start + 2 * HOUR_MS).filter((e) => e.kind === 'lead-intelligence');
    expect(leads({ ...ordinary, rush }).length).toBe(leads(ordinary).length + 24);
  });
});

describe('totals', () => {
  it('equal the sums over the events, by feature and day', () => {
    const events = all(ordinary, start, start + 2 * DAY_MS);
    const totals = createTotals();
    for (const event of events) totals.add(event);
    const micros = events.flatMap(measurementsOf).reduce((sum, measured) => sum + measured.valueUsdMicros, 0);
    expect(totals.rows().reduce((sum, row) => sum + row.valueUsdMicros, 0)).toBe(micros);
    expect(totals.rows().reduce((sum, row) => sum + row.events, 0)).toBe(events.length);
    expect(new Set(totals.rows().map((row) => row.day))).toEqual(new Set(['2026-01-05', '2026-01-06']));
  });
});

describe('costs', () => {
  it('add up to $43.2K over the 8,760 hours of a year, to the micro', () => {
    const hours = Array.from({ length: 8_760 }, (_, hour) => 490_000 + hour);
    const total = costLinesOf(ordinary).reduce(
      (sum, line) => sum + hours.reduce((s, hour) => s + microsOfUsd(hourlyCostUsd(line, hour)), 0),
      0,
    );
    expect(total).toBe(43_200_000_000);
  });
});

describe('season', () => {
  it('puts out exactly the weekly number of events in any week', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), moments, (perWeek, time) => {
        expect(eventsBefore('office', perWeek, time + WEEK_MS) - eventsBefore('office', perWeek, time)).toBeCloseTo(perWeek, 3);
      }),
    );
  });
});

describe('random', () => {
  it('is uniform and gives version 4 UUIDs', () => {
    const units = Array.from({ length: 20_000 }, (_, index) => randomFor(7, 'test', index).unit());
    expect(units.reduce((sum, unit) => sum + unit, 0) / units.length).toBeCloseTo(0.5, 1);
    expect(uuidFrom(randomFor(7, 'test', 1))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
