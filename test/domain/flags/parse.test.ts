import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFlags } from '../../../src/domain/flags/first-flags.ts';
import { flagDocument } from '../../../src/domain/flags/flag.ts';
import { featureIdOf } from '../../../src/domain/flags/flag-fields.ts';
import { isJson, sameJson } from '../../../src/domain/flags/json.ts';
import { parseDefinition, parseStoredFlag } from '../../../src/domain/flags/parse.ts';
import { AT, definition, flag } from '../../support/flags.ts';

const faults = (document: unknown) => {
  const parsed = parseDefinition(document);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
};
const with2 = (more: object) => ({ id: 'x', ...more });

describe('a flag', () => {
  it('gets defaults for all that it leaves out but its id', () => {
    expect(definition({ id: 'my_feature' })).toEqual({
      id: 'my_feature',
      name: 'my_feature',
      description: '',
      owner: '',
      featureId: 'my_feature',
      stage: 'disabled',
      roiTargetUsd: null,
      errorRateThresholdPercent: 5,
      latencyThresholdMs: 500,
      metricDropThresholdPercent: 10,
      tenantWhitelist: [],
      tenantBlacklist: [],
      userWhitelist: [],
      variants: [
        { name: 'control', value: false, weight: 1 },
        { name: 'treatment', value: true, weight: 1 },
      ],
      defaultVariant: 'control',
      gaVariant: 'treatment',
      unit: 'user',
      seed: 'my_feature',
      targeting: null,
      metadata: {},
    });
  });

  it('has the first variant as its default and the second at ga, unless it says otherwise', () => {
    const variants = [
      { name: 'old', value: 1 },
      { name: 'new', value: 2 },
      { name: 'newer', value: 3 },
    ];
    expect(definition({ variants })).toMatchObject({ defaultVariant: 'old', gaVariant: 'new' });
    expect(definition({ variants, defaultVariant: 'new' })).toMatchObject({ defaultVariant: 'new', gaVariant: 'old' });
    expect(definition({ variants: variants.slice(0, 1) })).toMatchObject({ defaultVariant: 'old', gaVariant: 'old' });
    expect(definition({ variants, defaultVariant: null })).toMatchObject({ defaultVariant: null, gaVariant: 'old' });
  });

  it('is refused with every fault at once, each with its place', () => {
    const wrong = {
      id: 'no spaces',
      stage: 'beta_99',
      colour: 'red',
      roiTargetUsd: -1,
      errorRateThresholdPercent: 101,
      tenantWhitelist: ['ok', ''],
      userWhitelist: 'me',
      variants: [{ name: 'a', value: 1, weight: -1, size: 2 }, 7],
      unit: 'planet',
      targeting: { if: [{ startswith: [1] }] },
      metadata: { deep: {} },
    };
    expect(faults(wrong).sort()).toEqual(
      [
        'id',
        'colour',
        'stage',
        'roiTargetUsd',
        'errorRateThresholdPercent',
        'tenantWhitelist[1]',
        'userWhitelist',
        'variants[0].weight',
        'variants[0].size',
        'variants[1]',
        'variants[1].name',
        'variants[1].value',
        'unit',
        'targeting.if[0]',
        'metadata.deep',
      ].sort(),
    );
    expect(parseDefinition(with2({ stage: 'beta_99' }))).toMatchObject({
      problems: [{ field: 'stage', value: '"beta_99"', expected: 'one of disabled, internal, beta_10, beta_25, beta_50, ga' }],
    });
    expect(faults({})).toContain('id');
    for (const nothing of [null, 'x', [], 7]) expect(faults(nothing)).toEqual(['']);
  });

  it('is refused when its fields contradict each other', () => {
    const pair = [
      { name: 'a', value: 1 },
      { name: 'b', value: 2 },
    ];
    expect(faults(with2({ variants: [...pair, pair[0]] }))).toEqual(['variants[2].name']);
    expect(faults(with2({ variants: [pair[0], { name: 'b', value: 'two' }] }))).toEqual(['variants[1].value']);
    expect(faults(with2({ variants: pair, defaultVariant: 'c' }))).toEqual(['defaultVariant']);
    expect(faults(with2({ variants: pair, gaVariant: 'c' }))).toEqual(['gaVariant']);
    expect(faults(with2({ variants: pair.slice(0, 1), stage: 'beta_10' }))).toEqual(['stage']);
    expect(faults(with2({ variants: pair.slice(0, 1), stage: 'ga' }))).toEqual([]);
  });

  it('needs a control that fits beside the treated half', () => {
    const weighing = (...weights: number[]) => with2({ variants: weights.map((weight, i) => ({ name: `v${i}`, value: i, weight })) });
    expect(faults(weighing(3, 1))).toEqual(['variants']);
    expect(faults(weighing(0.1 + 0.2, 0.3))).toEqual([]);
    expect(faults(weighing(1, 0))).toEqual([]);
    expect(faults({ ...weighing(0, 0), stage: 'beta_25' })).toEqual(['stage']);
  });

  it('takes values of any JSON type, and freezes them', () => {
    for (const value of [true, 'text', 0.5, { a: [1, null, { b: 'c' }] }, [1, 2], null])
      expect(definition({ variants: [{ name: 'only', value }] }).variants[0]?.value).toEqual(value);
    const [variant] = definition({ variants: [{ name: 'only', value: { deep: { list: [1] } } }] }).variants;
    const value = variant?.value as { deep: { list: number[] } };
    expect(() => value.deep.list.push(2)).toThrow(TypeError);
  });

  it('refuses values that no store would give back unchanged', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
    const bad = [Number.NaN, 'half \ud83d', 'nul \u0000', new Date(), undefined, () => 1, deep(33), new Map(), 'x'.repeat(70_000)];
    for (const value of bad) expect(faults(with2({ variants: [{ name: 'only', value }] }))).toEqual(['variants[0].value']);
    expect(isJson(JSON.parse('{"__proto__":1}'))).toBe(false);
  });

  it('names each tenant once', () => {
    expect(definition({ tenantWhitelist: ['b', 'a', 'b'] }).tenantWhitelist).toEqual(['b', 'a']);
    expect(faults(with2({ tenantWhitelist: Array.from({ length: 10_001 }, (_, i) => `t${i}`) }))).toEqual(['tenantWhitelist']);
  });

  it('takes what storing added for granted, so that an export can be imported', () => {
    expect(faults(flagDocument(flag()))).toEqual([]);
  });

  it('without a feature of its own name belongs to the feature that its id makes', () => {
    expect([featureIdOf('new-welcome.Banner'), featureIdOf('2fa'), featureIdOf('ai_coaching')]).toEqual([
      'new_welcome_banner',
      'f_2fa',
      'ai_coaching',
    ]);
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/), (id) => faults({ id }).length === 0));
  });
});

describe('a stored flag', () => {
  it('comes back from its document', () => {
    const stored = flag({ stage: 'beta_25', tenantWhitelist: ['a'], targeting: { '==': [1, 1] } }, { version: 7, archived: true });
    expect(parseStoredFlag(JSON.parse(JSON.stringify(flagDocument(stored))))).toEqual({ ok: true, flag: stored });
  });

  it('is read without the fields of a later version of the program', () => {
    expect(parseStoredFlag({ ...flagDocument(flag()), prerequisites: [] })).toEqual({ ok: true, flag: flag() });
  });

  it.each([{ version: 0 }, { version: '1' }, { archived: 1 }, { createdAt: 'soon' }, { updatedAt: AT }, { stage: 'gone' }])(
    'is refused with %j',
    (wrong) => {
      expect(parseStoredFlag({ ...flagDocument(flag()), ...wrong })).toMatchObject({
        ok: false,
        problems: [{ field: Object.keys(wrong)[0] }],
      });
      expect(parseStoredFlag('text').ok).toBe(false);
    },
  );
});

describe('the first flags', () => {
  it('are the four features with the limits of the guide, switched off', () => {
    const seen = firstFlags.map((one) => [
      one.id,
      one.stage,
      one.roiTargetUsd,
      one.errorRateThresholdPercent,
      one.latencyThresholdMs,
      one.metricDropThresholdPercent,
    ]);
    expect(seen).toEqual([
      ['realtime_intelligence', 'disabled', 75_000, 5, 100, 10],
      ['property_intelligence', 'disabled', 75_000, 5, 500, 10],
      ['churn_prevention', 'disabled', 55_000, 3, 500, 10],
      ['ai_coaching', 'disabled', 60_000, 5, 500, 10],
    ]);
  });
});

describe('JSON', () => {
  it('is the same whatever the order of its keys, and only then', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => sameJson(value as never, JSON.parse(JSON.stringify(value)) as never)));
    expect(sameJson({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toBe(true);
    expect(sameJson([1, 2], [2, 1])).toBe(false);
  });
});
