import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BookedCharge, eventsOfCharge, sharesOf } from '../../src/domain/cost/charge.ts';
import { planImport, type StoredCharge } from '../../src/domain/cost/plan.ts';
import { coveringEstimate, dayShareCents, recurringOfDay } from '../../src/domain/cost/recurring.ts';
import { largestRemainder, spreadOverDays } from '../../src/domain/cost/spread.ts';
import { type CostLine, spanProblem, sumCosts, withEstimates } from '../../src/domain/cost.ts';
import { parseEvent } from '../../src/domain/validate.ts';
import { plusDays } from '../../src/domain/zone.ts';

const recurring = { infrastructure: '24000', api: '19200' };
const yearOf = (year: number): string[] => {
  const days: string[] = [];
  for (let day = `${year}-01-01`; day.startsWith(String(year)); day = plusDays(day, 1)) days.push(day);
  return days;
};

describe('recurring costs', () => {
  it.each([
    [2025, 365],
    [2024, 366],
  ])('of %i add up over its %i days to the year, to the cent', (year, count) => {
    const days = yearOf(year);
    expect(days).toHaveLength(count);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999_999 }), (yearCents) => {
        const shares = days.map((day) => dayShareCents(yearCents, day));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(yearCents);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('are $43.2K a year as configured by default, infrastructure and API', () => {
    const total = yearOf(2026).flatMap((day) => recurringOfDay(day, recurring));
    expect(total.reduce((sum, { amountUsdMicros }) => sum + amountUsdMicros, 0)).toBe(43_200_000_000);
    expect(recurringOfDay('2026-01-01', recurring)).toEqual([
      { category: 'infrastructure', amountUsdMicros: 65_750_000 },
      { category: 'api', amountUsdMicros: 52_600_000 },
    ]);
    expect(() => recurringOfDay('2026-01-01', { api: '1.234' })).toThrow('at most two places');
  });

  it.each([
    ['api', 'api'],
    ['anthropic_api', 'api'],
    ['api_gateway', 'api'],
    ['ai_and_machine_learning', 'api'],
    ['compute', 'infrastructure'],
    ['infrastructure_eu', 'infrastructure'],
    ['salaries', null],
    ['capital', null],
  ])('of the category that %s belongs to are %s', (category, estimate) => {
    expect(coveringEstimate(category, recurring)).toBe(estimate);
  });
});

const line = (changes: Partial<CostLine>): CostLine => ({
  day: '2026-01-11',
  category: 'anthropic_api',
  featureId: 'ai_coaching',
  tenantId: 'acme',
  amountUsdMicros: 1_000_000,
  provenance: 'event',
  ...changes,
});

describe('what a day costs', () => {
  it('is what is known of a category, and where nothing is known the estimate of it', () => {
    const known = [line({}), line({ day: '2026-01-12', category: 'compute', provenance: 'manual', tenantId: null })];
    const lines = withEstimates(known, ['2026-01-11', '2026-01-12', '2026-01-13'], recurring);
    expect(sumCosts(lines, ['day', 'category', 'provenance']).map(({ key }) => Object.values(key).join(' '))).toEqual([
      '2026-01-11 anthropic_api event',
      '2026-01-11 infrastructure recurring',
      '2026-01-12 api recurring',
      '2026-01-12 compute manual',
      '2026-01-13 api recurring',
      '2026-01-13 infrastructure recurring',
    ]);
  });

  it('is asked for days that have begun, ten years at most', () => {
    const fields = (from: string, to: string) => spanProblem(from, to, '2026-01-11')?.field ?? null;
    expect([fields('2026-01-01', '2026-01-11'), fields('2026-01-12', '2026-01-12'), fields('2026-01-01', '2026-02-30')]).toEqual([
      null,
      'from',
      'to',
    ]);
    expect([fields('1969-12-31', '2026-01-11'), fields('2026-01-11', '2026-01-01'), fields('2010-01-01', '2026-01-11')]).toEqual([
      'from',
      'from',
      'from',
    ]);
  });

  it('adds up the same whatever it is added up by', () => {
    const anyLine = fc.record({
      day: fc.constantFrom('2026-01-11', '2026-01-12', '2026-02-01'),
      category: fc.constantFrom('compute', 'anthropic_api', 'salaries'),
      featureId: fc.constantFrom('platform', 'ai_coaching'),
      tenantId: fc.constantFrom('acme', 'globex', null),
      amountUsdMicros: fc.integer({ min: -1e12, max: 1e12 }),
      provenance: fc.constantFrom('event' as const, 'manual' as const),
    });
    const whole = (sums: ReturnType<typeof sumCosts>): number => sums.reduce((sum, { amountUsdMicros }) => sum + amountUsdMicros, 0);
    fc.assert(
      fc.property(fc.array(anyLine), (lines) => {
        const expected = lines.reduce((sum, { amountUsdMicros }) => sum + amountUsdMicros, 0);
        for (const by of [['day'], ['month'], ['category', 'tenant'], ['feature', 'provenance'], []] as const)
          expect(whole(sumCosts(lines, by))).toBe(expected);
      }),
    );
  });
});

describe('a charge for several days', () => {
  const amounts = fc.oneof(
    fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents * 10_000),
    fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
  );
  const begin = fc.integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 }).map((minute) => minute * 60_000);
  const zones = fc.constantFrom('UTC', 'America/New_York', 'Asia/Kolkata');

  it('is cut into days that add up to it, in whole cents where it is in cents, none more than a unit from its share', () => {
    fc.assert(
      fc.property(amounts, begin, fc.integer({ min: 1, max: 60 * 24 * 60 }), zones, (amount, start, minutes, zone) => {
        const end = start + minutes * 60_000;
        const shares = spreadOverDays(amount, start, end, zone);
        expect(shares.reduce((sum, { amountUsdMicros }) => sum + amountUsdMicros, 0)).toBe(amount);
        const unit = amount % 10_000 === 0 ? 10_000 : 1;
        shares.forEach(({ at, amountUsdMicros }, index) => {
          const length = (shares[index + 1]?.at ?? end) - at;
          expect(amountUsdMicros % unit === 0).toBe(true);
          expect(Math.abs(amountUsdMicros - (amount * length) / (end - start))).toBeLessThanOrEqual(unit * 1.001);
        });
        expect(new Set(shares.map(({ day }) => day)).size).toBe(shares.length);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the odd cents to the first of equal days, and a credit like a cost', () => {
    const cents = (amount: number) =>
      spreadOverDays(amount, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 4), 'UTC').map(({ amountUsdMicros }) => amountUsdMicros / 10_000);
    expect(cents(1_000_000)).toEqual([34, 33, 33]);
    expect(cents(-1_000_000)).toEqual([-34, -33, -33]);
    expect(largestRemainder(5n, [1n, 1n, 4n])).toEqual([1n, 1n, 3n]);
  });

  it('follows days of 23 and 25 hours', () => {
    const month = spreadOverDays(743_000_000, Date.parse('2026-03-01T05:00:00Z'), Date.parse('2026-04-01T04:00:00Z'), 'America/New_York');
    expect(month).toHaveLength(31);
    expect(month.find(({ day }) => day === '2026-03-08')?.amountUsdMicros).toBe(23_000_000);
  });
});

const charge: StoredCharge = {
  id: 'c',
  identity: 'i',
  dataset: 'd',
  tenantId: 'acme',
  featureId: 'ai_coaching',
  category: 'api',
  start: Date.UTC(2026, 0, 10, 6),
  end: Date.UTC(2026, 0, 12, 12),
  amountUsdMicros: 5_400_000,
  stated: { amount: '5.4', currency: 'USD', rate: '1' },
  description: 'x',
  revision: 0,
  retracted: false,
  zone: 'UTC',
  eventsFrom: Date.UTC(2026, 0, 10, 6),
};
const idOf = (text: string): string =>
  `00000000-0000-8000-a000-${[...text]
    .reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 1e12, 7)
    .toString()
    .padStart(12, '0')}`;
const everything = { from: 0, to: Number.MAX_SAFE_INTEGER };

describe('the events of a charge', () => {
  it('state each day where the charge begins on it, and pass the door', () => {
    const events = eventsOfCharge(charge, everything, idOf);
    expect(events.map(({ occurredAt, amountUsd }) => [new Date(occurredAt).toISOString(), amountUsd])).toEqual([
      ['2026-01-10T06:00:00.000Z', '1.800000'],
      ['2026-01-11T00:00:00.000Z', '2.400000'],
      ['2026-01-12T00:00:00.000Z', '1.200000'],
    ]);
    for (const event of events)
      expect(parseEvent('operating-costs', { ...event }, { now: Date.UTC(2026, 1, 1), maxFutureMs: 0 })).toMatchObject({ ok: true });
  });

  it('keep their ids when the charge is corrected or taken back', () => {
    const ids = (changes: Partial<BookedCharge>) =>
      eventsOfCharge({ ...charge, ...changes }, everything, idOf).map(({ eventId }) => eventId);
    expect(ids({ revision: 1, amountUsdMicros: 0 })).toEqual(ids({}));
    expect(ids({ revision: 2, retracted: true })).toEqual(ids({}));
    expect(new Set(ids({})).size).toBe(3);
    expect(ids({ amountUsdMicros: 0 })).toEqual([]);
  });

  it('are only those of the asked moments', () => {
    expect(eventsOfCharge(charge, { from: Date.UTC(2026, 0, 11), to: Date.UTC(2026, 0, 12) }, idOf)).toHaveLength(1);
  });
});

describe('the plan of an import', () => {
  const rules = { zone: 'UTC', keptFrom: Date.UTC(2026, 0, 1), older: 'refuse' as const };
  const read = (changes: Partial<StoredCharge> = {}) => [{ charge: { ...charge, ...changes }, id: 'c', place: 'line 2' }];
  const none = new Map<string, StoredCharge>();
  const booked = (changes: Partial<StoredCharge> = {}) => new Map([['c', { ...charge, ...changes }]]);

  it('adds what is new, leaves what is booked, corrects what changed, takes back what is gone', () => {
    expect(planImport(read(), none, [], rules)).toMatchObject({
      added: [{ charge: { revision: 0, eventsFrom: charge.start }, manual: [] }],
      unchanged: 0,
    });
    expect(planImport(read(), booked(), [], rules)).toEqual({ added: [], changed: [], unchanged: 1, retracted: [], problems: [] });
    expect(planImport(read({ amountUsdMicros: 1 }), booked({ revision: 4 }), [], rules).changed).toMatchObject([
      { charge: { revision: 5, amountUsdMicros: 1 }, manual: [] },
    ]);
    expect(planImport(read(), booked({ retracted: true }), [], rules).changed).toMatchObject([
      { charge: { revision: 1, retracted: false } },
    ]);
    expect(planImport([], none, [charge], rules).retracted).toMatchObject([{ charge: { revision: 1, retracted: true } }]);
  });

  it('refuses days past the retention, or makes manual rows of them', () => {
    const late = { ...rules, keptFrom: Date.UTC(2026, 0, 11) };
    const refused = planImport(read(), none, [], late);
    expect(refused).toMatchObject({ added: [], problems: [{ field: 'line 2, ChargePeriodStart', value: '2026-01-10T06:00:00.000Z' }] });
    expect(refused.problems[0]?.expected).toContain('2026-01-11 or later');
    expect(planImport(read(), none, [], { ...late, older: 'manual' }).added).toMatchObject([
      { charge: { eventsFrom: Date.UTC(2026, 0, 11) }, manual: [{ day: '2026-01-10', amountUsdMicros: 1_800_000 }] },
    ]);
    const all = planImport(read(), none, [], { ...late, keptFrom: Date.UTC(2026, 5, 1), older: 'manual' });
    expect(all.added[0]?.manual).toHaveLength(3);
    expect(all.added[0]?.charge.eventsFrom).toBe(charge.end);
  });

  it('corrects manual days by themselves, and refuses to correct events that are out of reach', () => {
    const manual = booked({ eventsFrom: charge.end });
    const late = { ...rules, keptFrom: Date.UTC(2026, 5, 1), older: 'manual' as const };
    expect(
      planImport(read({ amountUsdMicros: 10_800_000 }), manual, [], late).changed[0]?.manual.map((one) => one.amountUsdMicros),
    ).toEqual([3_600_000, 4_800_000, 2_400_000]);
    expect(sharesOf(charge).map((one) => one.amountUsdMicros)).toEqual([1_800_000, 2_400_000, 1_200_000]);
    expect(planImport(read({ amountUsdMicros: 1 }), booked(), [], late).problems).toMatchObject([{ field: 'line 2' }]);
    expect(planImport([], none, [charge], late).problems).toMatchObject([{ field: 'replaced dataset' }]);
  });
});
