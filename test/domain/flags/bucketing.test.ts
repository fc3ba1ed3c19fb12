import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { armFinder, armsOf } from '../../../src/domain/flags/arms.ts';
import { BUCKETS, bucketer, fnv1a32 } from '../../../src/domain/flags/bucket.ts';
import type { Variant } from '../../../src/domain/flags/flag.ts';
import { percentageStages, type RolloutStage } from '../../../src/domain/flags/stage.ts';
import { chiSquared, countsOf, quantileOfChiSquared, uneven } from '../../support/chi-squared.ts';

type Drawn = { seed: string; variants: readonly Variant[]; defaultVariant: string | null };
type Golden = {
  buckets: { seed: string; id: string; bucket: number }[];
  variants: { flag: Drawn; stage: RolloutStage; ids: [string, string | null][] }[];
};
const golden = JSON.parse(readFileSync(new URL('golden/bucketing.json', import.meta.url), 'utf8')) as Golden;

const variantsOf = (...weights: number[]): Variant[] => weights.map((weight, i) => ({ name: `v${i}`, value: i, weight }));
const twoArms: Drawn = { seed: 's', variants: variantsOf(1, 1), defaultVariant: 'v0' };

/** What a unit gets at a stage; null outside of the experiment. */
function drawn({ seed, ...flag }: Drawn, stage: RolloutStage, id: string): string | null {
  const arms = armsOf({ ...flag, stage });
  return arms[armFinder(arms)(bucketer(seed)(id))]?.variant ?? null;
}

const flags = fc.record({
  seed: fc.string({ maxLength: 20 }),
  variants: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 }).map((weights) => variantsOf(1, ...weights, 20)),
  defaultVariant: fc.constantFrom('v0', null),
});
const ids = (count: number, prefix = 'user_'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('the hash', () => {
  it('has the published values of FNV-1a', () => {
    expect(['', 'a', 'foobar'].map((text) => fnv1a32(text))).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  it.each([
    ['seed', 'a', 0.0505],
    ['seed', 'b', 0.2696],
    ['foo', 'ab', 0.2575],
    ['foo', 'def', 0.2019],
    ['89123klj', '8952klfjas09ujkasdf', 0.124],
    ['90850943850283058242805', '123', 0.7516],
    ['()**(%$##$%#$#', '___)((*":&', 0.0128],
  ])('has the value that GrowthBook publishes for seed %j and id %j', (seed, id, share) => {
    expect(bucketer(seed)(id) / BUCKETS).toBe(share);
  });

  it('goes on from a prefix, in UTF-16 code units', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => fnv1a32(b, fnv1a32(a)) === fnv1a32(a + b)),
    );
  });

  it('of the decimal text of a hash is that of the text', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (seed, id) => bucketer(seed)(id) === fnv1a32(String(fnv1a32(seed + id))) % BUCKETS));
  });
});

describe('the golden cases, from an independent program', () => {
  it('have the same buckets', () => {
    expect(golden.buckets.length).toBeGreaterThan(300);
    for (const { seed, id, bucket } of golden.buckets) expect([seed, id, bucketer(seed)(id)]).toEqual([seed, id, bucket]);
  });

  it.each(golden.variants)('give the same variants to $flag.seed at $stage', ({ flag, stage, ids }) => {
    expect(ids.map(([id]) => [id, drawn(flag, stage, id)])).toEqual(ids);
  });
});

describe('the arms', () => {
  it('are those that GrowthBook publishes for the same coverage and weights', () => {
    const arms = armsOf({ stage: 'beta_10', variants: variantsOf(0.5, 0.2, 0.3), defaultVariant: 'v0' });
    expect(arms.map(({ from, to }) => [from, to].map((share) => Math.round(share * 1e9) / 1e9))).toEqual([
      [0, 0.1],
      [0.5, 0.54],
      [0.7, 0.76],
    ]);
  });

  it.each([
    ['beta_10', 0.1],
    ['beta_25', 0.25],
    ['beta_50', 0.5],
  ] as const)('at %s are the share and a control of the same size', (stage, share) => {
    const arms = armsOf({ ...twoArms, stage });
    expect(arms.map(({ from, to }) => Number((to - from).toFixed(12)))).toEqual([share, share]);
  });

  it('do not exist at stages that draw nobody', () => {
    for (const stage of ['disabled', 'internal', 'ga'] as const) expect(armsOf({ ...twoArms, stage })).toEqual([]);
    expect(armsOf({ stage: 'beta_10', variants: variantsOf(1), defaultVariant: 'v0' })).toEqual([]);
  });

  it('only grow: no unit leaves its variant or changes it, whatever the weights', () => {
    fc.assert(
      fc.property(flags, fc.array(fc.string(), { minLength: 20, maxLength: 20 }), (flag, units) => {
        for (const unit of units) {
          const seen = percentageStages.map((stage) => drawn(flag, stage, unit));
          const first = seen.findIndex((variant) => variant !== null);
          if (first >= 0) expect(seen.slice(first)).toEqual(seen.slice(first).map(() => seen[first]));
        }
      }),
    );
  });

  it('together treat the share of the stage', () => {
    fc.assert(
      fc.property(flags, fc.constantFrom(...percentageStages), (flag, stage) => {
        const treated = armsOf({ ...flag, stage }).filter(({ variant }) => variant !== flag.defaultVariant);
        const share = treated.reduce((sum, { from, to }) => sum + to - from, 0);
        expect(share).toBeCloseTo({ beta_10: 0.1, beta_25: 0.25, beta_50: 0.5 }[stage], 9);
      }),
    );
  });
});

describe('units', () => {
  const users = ids(100_000);
  const tenth = (seed: string) => (id: string) => Math.floor(bucketer(seed)(id) / 1000);

  it.each(['realtime_intelligence', 'churn_prevention', 'x'])('are spread evenly over the buckets by the seed %s', (seed) => {
    const counts = countsOf(users, 100, (user) => Math.floor(bucketer(seed)(user) / 100));
    expect(uneven(counts)).toBe(false);
  });

  it('get the variants in the shares that the stage says', () => {
    const counts = countsOf(users, 3, (user) => ['v0', 'v1', null].indexOf(drawn(twoArms, 'beta_10', user)));
    expect(chiSquared(counts, [10_000, 10_000, 80_000])).toBeLessThan(quantileOfChiSquared(2, 1 - 1e-6));
  });

  it('are drawn for one flag independently of another', () => {
    for (const [a, b] of [
      ['realtime_intelligence', 'property_intelligence'],
      ['flag_1', 'flag_2'],
      ['a', 'b'],
    ] as const)
      expect(uneven(countsOf(users, 100, (user) => tenth(a)(user) * 10 + tenth(b)(user))), `${a} and ${b}`).toBe(false);
  });

  it('are drawn evenly also where their ids are alike', () => {
    for (const prefix of ['', '0000000000000000000', 'tenant|user|'])
      expect(uneven(countsOf(ids(20_000, prefix), 10, tenth('s'))), prefix).toBe(false);
  });

  it('would be found uneven if they were: a hash that is not mixed is', () => {
    expect(uneven(countsOf(users, 100, (user) => Math.floor((fnv1a32(user) / 2 ** 32) * 100)))).toBe(true);
  });
});
