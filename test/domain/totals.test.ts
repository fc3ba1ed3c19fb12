import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ordinary } from '../../src/domain/generate/scenario.ts';
import { generateEvents } from '../../src/domain/generate.ts';
import { createTotals, type DayTotal, differences } from '../../src/domain/totals.ts';

const start = Date.UTC(2026, 0, 5, 9);
const events = [...generateEvents(ordinary, start, start + 3_600_000)];

function rowsOf(kept: typeof events): DayTotal[] {
  const totals = createTotals();
  for (const event of kept) totals.add(event);
  return totals.rows();
}
const whole = rowsOf(events);

it('finds no difference between the same events in any order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
      expect(differences(whole, rowsOf(shuffled))).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

it('sees a single event that is missing or there twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: events.length - 1 }), (index) => {
      const one = events[index] as (typeof events)[number];
      const missing = differences(whole, rowsOf(events.filter((event) => event !== one)));
      const twice = differences(whole, rowsOf([...events, one]));
      for (const found of [missing, twice])
        expect(found).toContainEqual(expect.objectContaining({ figure: 'events', featureId: one.featureId, tenantId: one.tenantId }));
    }),
    { numRuns: 30 },
  );
});

it('counts a row that only one side has as zeros on the other', () => {
  const [row] = whole as [DayTotal];
  const strange = { ...row, tenantId: 'nobody' };
  expect(differences([], [strange])).toContainEqual({
    day: row.day,
    tenantId: 'nobody',
    featureId: row.featureId,
    figure: 'events',
    sent: 0,
    stored: row.events,
  });
  expect(differences([strange], [])).toContainEqual({
    day: row.day,
    tenantId: 'nobody',
    featureId: row.featureId,
    figure: 'events',
    sent: row.events,
    stored: 0,
  });
});
