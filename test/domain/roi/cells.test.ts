import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CostLine } from '../../../src/domain/cost.ts';
import { costOf, mergeCells, noSums, ownSums, type RoiCell, totalOf } from '../../../src/domain/roi/cell.ts';
import { withManualDays } from '../../../src/domain/roi/manual-day.ts';
import { microsOfNumeric, proportional } from '../../../src/domain/roi/money.ts';
import { accruedCosts, sharingKeys, withCosts } from '../../../src/domain/roi/sharing.ts';
import { type ManualValue, type RoiDay, type ValueRow, valueCells } from '../../../src/domain/roi/value.ts';
import { usdOfMicros } from '../../../src/domain/roi.ts';

const DAY_MS = 86_400_000;
const FIRST = Date.UTC(2026, 0, 5);
const dayOf = (index: number, elapsedMs = DAY_MS): RoiDay => ({
  day: new Date(FIRST + index * DAY_MS).toISOString().slice(0, 10),
  from: FIRST + index * DAY_MS,
  to: FIRST + (index + 1) * DAY_MS,
  elapsedMs,
});
const days = [dayOf(0), dayOf(1), dayOf(2)];

const keys: Record<string, string> = {
  realtime_intelligence: 'response_time_seconds',
  property_intelligence: 'match_satisfaction_score',
  churn_prevention: 'churned',
  ai_coaching: 'session_duration_minutes',
  upsell: 'order_value',
};
const features = Object.keys(keys);
const micros = fc.integer({ min: -1e12, max: 1e12 });
const row: fc.Arbitrary<ValueRow> = fc
  .record({
    day: fc.constantFrom(...days.map(({ day }) => day)),
    tenantId: fc.constantFrom('acme', 'globex', 'initech'),
    featureId: fc.constantFrom(...features),
    n: fc.integer({ min: 1, max: 1000 }),
    mean: fc.double({ min: 0, max: 100, noNaN: true }),
    valueUsdMicros: micros,
    treated: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ mean, treated, ...rest }) => {
    const [sum, treatedN] = [rest.n * mean, Math.round(rest.n * treated)];
    const metric = keys[rest.featureId] ?? '';
    const valueUsdMicros = metric === 'match_satisfaction_score' ? 0 : rest.valueUsdMicros;
    return {
      ...rest,
      metric,
      valueUsdMicros,
      sum,
      sumSquares: sum * mean,
      treatedN,
      treatedSum: treatedN * mean,
      controlN: 0,
      controlSum: 0,
    };
  });
/** One row for each day, tenant, feature and metric, as ClickHouse answers. */
const rows = fc.uniqueArray(row, { maxLength: 40, selector: ({ day, tenantId, featureId }) => `${day}|${tenantId}|${featureId}` });
const line: fc.Arbitrary<CostLine> = fc.record({
  day: fc.constantFrom(...days.map(({ day }) => day)),
  category: fc.constantFrom('anthropic_api', 'infrastructure'),
  featureId: fc.constantFrom('platform', 'ai_coaching', 'upsell'),
  tenantId: fc.constantFrom('acme', 'globex', 'hooli', null),
  amountUsdMicros: micros,
  provenance: fc.constantFrom('event', 'manual', 'recurring'),
});
const costs = fc.array(line, { maxLength: 20 });
const manual: fc.Arbitrary<ManualValue[]> = fc.array(
  fc.record({
    day: fc.constantFrom(...days.map(({ day }) => day)),
    tenantId: fc.constantFrom('acme', 'hooli'),
    featureId: fc.constantFrom(...features.slice(0, 4)),
    usage: fc.integer({ min: 0, max: 50 }),
    keyMean: fc.option(fc.double({ min: 0, max: 50, noNaN: true })),
    valueUsdMicros: micros,
  }),
  { maxLength: 5 },
);
const key = fc.constantFrom(...sharingKeys);

const cellsOf = (r: ValueRow[], m: ManualValue[], c: CostLine[], by: (typeof sharingKeys)[number], of = days): RoiCell[] =>
  withCosts(valueCells(of, r, m), accruedCosts(of, c), by);
const money = ({ valueUsdMicros, ...rest }: RoiCell | ReturnType<typeof totalOf>) => [valueUsdMicros, costOf({ valueUsdMicros, ...rest })];
const spent = (lines: readonly CostLine[]): number => lines.reduce((sum, one) => sum + one.amountUsdMicros, 0);

describe('value and cost', () => {
  it('add up over features, tenants and days, whichever way they are cut, to the micro', () => {
    fc.assert(
      fc.property(rows, manual, costs, key, (r, m, c, by) => {
        const cells = cellsOf(r, m, c, by);
        const whole = money(totalOf(cells));
        for (const cut of ['featureId', 'tenantId', 'day'] as const) {
          const parts = [...Map.groupBy(cells, (cell) => cell[cut]).values()].map((part) => money(totalOf(part)));
          expect([0, 1].map((i) => parts.reduce((sum, part) => sum + (part[i] ?? 0), 0))).toEqual(whole);
        }
      }),
    );
  });

  it('are, of several days, the sum of what each day is by itself', () => {
    fc.assert(
      fc.property(rows, manual, costs, key, (r, m, c, by) => {
        const each = days.flatMap((day) =>
          cellsOf(
            r,
            m,
            c.filter((one) => one.day === day.day),
            by,
            [day],
          ),
        );
        expect(mergeCells(each)).toEqual(cellsOf(r, m, c, by));
      }),
    );
  });

  it('lose and invent nothing: every cost is borne by somebody, once, whatever the key', () => {
    fc.assert(
      fc.property(rows, manual, costs, key, (r, m, c, by) => {
        expect(costOf(totalOf(cellsOf(r, m, c, by)))).toBe(spent(c));
      }),
    );
  });

  it('are, of a tenant, what they are when it is alone in the world, but for what all share', () => {
    fc.assert(
      fc.property(rows, costs, key, (r, c, by) => {
        const acme = cellsOf(r, [], c, by).filter(({ tenantId }) => tenantId === 'acme');
        const mine = <T extends { tenantId: string | null }>(all: T[]): T[] => all.filter(({ tenantId }) => tenantId === 'acme');
        expect(money(totalOf(acme.map(ownSums)))).toEqual(money(totalOf(cellsOf(mine(r), [], mine(c), by))));
      }),
    );
  });

  it('do not change with measurements that are no use and worth nothing', () => {
    fc.assert(
      fc.property(rows, rows, costs, key, (r, others, c, by) => {
        const idle = others.map((one) => ({ ...one, metric: 'scoring_latency_ms', valueUsdMicros: 0 }));
        expect(cellsOf([...r, ...idle], [], c, by)).toEqual(cellsOf(r, [], c, by));
      }),
    );
  });

  it('come out the same in whatever order they are read', () => {
    fc.assert(
      fc.property(rows, costs, key, fc.integer(), (r, c, by, seed) => {
        const turned = <T>(all: readonly T[]): T[] => all.map((_, i) => all[(i + Math.abs(seed)) % all.length] as T);
        expect(money(totalOf(cellsOf(turned(r), [], turned(c), by)))).toEqual(money(totalOf(cellsOf(r, [], c, by))));
      }),
    );
  });
});

const used = (featureId: string, usage: number, valueUsdMicros: number, tenantId = 'acme'): RoiCell => ({
  ...noSums,
  day: '2026-01-05',
  tenantId,
  featureId,
  usage,
  valueUsdMicros,
});
const shared = (amountUsdMicros: number, tenantId: string | null = null): CostLine => ({
  day: '2026-01-05',
  category: 'infrastructure',
  featureId: 'platform',
  tenantId,
  amountUsdMicros,
  provenance: 'event',
});

describe('shared costs', () => {
  const cells = [used('ai_coaching', 30, 2e6), used('realtime_intelligence', 10, 6e6), used('churn_prevention', 0, -5e6)];
  const borne = (by: (typeof sharingKeys)[number]) =>
    Object.fromEntries(withCosts(cells, [shared(8e6)], by).map(({ featureId, commonCostUsdMicros }) => [featureId, commonCostUsdMicros]));

  it('go by value, and what lost value bears nothing', () => {
    expect(borne('value')).toEqual({ ai_coaching: 2e6, realtime_intelligence: 6e6, churn_prevention: 0 });
  });

  it('go by use', () => {
    expect(borne('usage')).toEqual({ ai_coaching: 6e6, realtime_intelligence: 2e6, churn_prevention: 0 });
  });

  it('go evenly to features, however many tenants use them', () => {
    const both = [used('ai_coaching', 1, 0), used('ai_coaching', 1, 0, 'globex'), used('upsell', 1, 0)];
    const made = withCosts(both, [shared(8e6)], 'even');
    expect(made.map(({ commonCostUsdMicros }) => commonCostUsdMicros)).toEqual([2e6, 4e6, 2e6]);
  });

  it('go by use when nothing earned anything, and evenly when nothing was used', () => {
    expect(withCosts([used('ai_coaching', 3, 0), used('upsell', 1, 0)], [shared(8e6)], 'value').map(costOf)).toEqual([6e6, 2e6]);
    expect(withCosts([used('ai_coaching', 0, -1), used('upsell', 0, -1)], [shared(8e6)], 'value').map(costOf)).toEqual([4e6, 4e6]);
  });

  it("stay the platform's when there is no feature to bear them, and a tenant's stay the tenant's", () => {
    expect(withCosts([], [shared(8e6)], 'value')).toMatchObject([{ featureId: 'platform', tenantId: '', directCostUsdMicros: 8e6 }]);
    expect(withCosts(cells, [shared(8e6, 'hooli')], 'value').at(-1)).toMatchObject({
      tenantId: 'hooli',
      featureId: 'platform',
      directCostUsdMicros: 8e6,
    });
  });

  it('accrue with the day when they are estimated, and not when they were billed', () => {
    const lines = [shared(1e6), { ...shared(1e6), provenance: 'recurring' as const }, { ...shared(1e6), day: '2027-01-01' }];
    expect(accruedCosts([dayOf(0, DAY_MS / 4)], lines).map(({ amountUsdMicros }) => amountUsdMicros)).toEqual([1e6, 250_000]);
  });
});

describe('a day entered by hand', () => {
  it('adds up to what was entered, and shows how much nobody has explained', () => {
    const made = withManualDays([used('ai_coaching', 2, 3e6)], [{ day: '2026-01-05', valueUsdMicros: 10e6, costUsdMicros: 4e6 }]);
    expect(money(totalOf(made))).toEqual([10e6, 4e6]);
    expect(made.find(({ featureId }) => featureId === 'platform')).toMatchObject({
      tenantId: '',
      valueUsdMicros: 7e6,
      manualValueUsdMicros: 7e6,
    });
  });
});

describe('amounts of money', () => {
  it('are cut without remainder, each part within one micro of its share', () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 20 })
      .filter((all) => all.some((one) => one > 0));
    fc.assert(
      fc.property(fc.integer({ min: -9e15, max: 9e15 }), weights, (amount, all) => {
        const parts = proportional(amount, all);
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(amount));
        const total = all.reduce((sum, one) => sum + BigInt(one), 0n);
        for (const [i, part] of parts.entries()) {
          const off = BigInt(part) * total - BigInt(amount) * BigInt(all[i] ?? 0);
          expect(off < total && off > -total).toBe(true);
        }
      }),
    );
    expect(() => proportional(1, [0, 0])).toThrow(RangeError);
  });

  it('are read as they were written', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (amount) => microsOfNumeric(usdOfMicros(amount)) === amount));
    expect(microsOfNumeric('12.5')).toBe(12_500_000);
    expect(() => microsOfNumeric('12,5')).toThrow(RangeError);
    expect(() => microsOfNumeric('9007199254740.991')).toThrow(RangeError);
  });
});
