import { describe, expect, it } from 'vitest';
import type { FlagContext } from '../../../src/domain/flags/evaluation.ts';
import { fractional } from '../../../src/domain/flags/fractional.ts';
import { murmur3 } from '../../../src/domain/flags/murmur.ts';
import { compareVersions, parseVersion, semVer } from '../../../src/domain/flags/semantic-version.ts';
import { compileTargeting, operatorNames, ruleFaults } from '../../../src/domain/flags/targeting.ts';
import { countsOf, uneven } from '../../support/chi-squared.ts';
import { AT, evaluate, flag } from '../../support/flags.ts';

const asked = (rule: object, context: FlagContext = {}, unitId: string | null = null): unknown =>
  compileTargeting(rule as never, 'key', () => AT)(context, unitId);

describe('MurmurHash3', () => {
  it.each([
    ['', 0],
    ['hello', 0x248bfa47],
    ['hello, world', 0x149bbb7f],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ])('of %j is the published value', (text, hash) => {
    expect(murmur3(text)).toBe(hash);
  });

  it('is of the UTF-8 bytes', () => {
    expect(murmur3('ü')).toBe(murmur3(String.fromCodePoint(0xfc)));
    expect(murmur3('ü')).not.toBe(murmur3('u'));
    expect(new Set(['a', 'ab', 'abc', 'abcd', 'äbcd', '😀'].map(murmur3)).size).toBe(6);
  });
});

describe('fractional', () => {
  const context = { targetingKey: 'user', flagKey: 'flag' };
  const cards = ['clubs', 'diamonds', 'hearts', 'spades'].map((suit) => [suit, 25]);

  // Check values of flagd's own suite for in-process evaluation, second version of the hash.
  it.each([
    ['fractional-flagjack', 'hearts'],
    ['fractional-flagqueen', 'spades'],
    ['fractional-flagten', 'clubs'],
    ['fractional-flagnine', 'diamonds'],
    ['fractional-flag3', 'clubs'],
    ['shared-seedseven', 'hearts'],
    ['shared-seedeight', 'diamonds'],
    ['shared-seednine', 'clubs'],
    ['shared-seedtwo', 'spades'],
  ])('gives %s what flagd gives', (text, suit) => {
    expect(fractional([text, ...cards], context)).toBe(suit);
  });

  it.each([
    ['ejOoVL', 'lower'],
    ['bY9fO-', 'lower'],
    ['SI7p-', 'lower'],
    ['6LvT0', 'upper'],
    ['ceQdGm', 'upper'],
  ])('gives %s, whose hash is at an edge, what flagd gives', (text, half) => {
    expect(fractional([text, ['lower', 50], ['upper', 50]], context)).toBe(half);
  });

  it('hashes flag and targeting key unless the rule makes a text', () => {
    const shares = [['heads'], ['tails', 1]];
    for (const [targetingKey, side] of [
      ['jon@company.com', 'heads'],
      ['jane@company.com', 'tails'],
    ] as const)
      expect(fractional(shares, { targetingKey, flagKey: 'fractional-flag-shorthand' })).toBe(side);
    expect(fractional([null, ...cards], context)).toBe(fractional(cards, context));
  });

  it('splits by weight, however large the weights', () => {
    const users = Array.from({ length: 30_000 }, (_, i) => `u${i}`);
    for (const weight of [1, 700_000_000]) {
      const shares = [0, 1, 2].map((variant) => [variant, weight]);
      expect(uneven(countsOf(users, 3, (user) => Number(fractional([user, ...shares], context))))).toBe(false);
    }
    expect(fractional(['x', ['never', 0], ['always', 1]], context)).toBe('always');
    expect(fractional(['x', ['never', -5], [null, 1]], context)).toBeNull();
  });

  it.each([
    [[]],
    [['text']],
    [['text', 'no pair']],
    [['text', []]],
    [['text', ['a', 1, 2]]],
    [['text', ['a', 0.5]]],
    [['text', ['a', '1']]],
    [['text', [{}, 1]]],
    [['text', ['a', 0]]],
    [['text', ['a', 2 ** 31]]],
  ])('has no answer to %j', (args) => {
    expect(fractional(args, context)).toBeNull();
  });

  it('has no answer without a unit to draw', () => {
    for (const targetingKey of [null, undefined, '']) expect(fractional(cards, { targetingKey, flagKey: 'f' })).toBeNull();
  });
});

describe('versions', () => {
  it('stand in the order of semver.org', () => {
    const order = [
      '0.9.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.10.0',
      '2.0.0',
    ];
    const versions = order.map((text) => parseVersion(text));
    versions.forEach((a, i) => {
      versions.forEach((b, j) => {
        expect(Math.sign(compareVersions(a as never, b as never)), `${order[i]} and ${order[j]}`).toBe(Math.sign(i - j));
      });
    });
  });

  it.each([
    ['2.0.0', '=', '2.0.0', true],
    ['2.1.0', '>', '2.0.0', true],
    ['1.9.0', '<', '2.0.0', true],
    ['2.0.0-alpha', '<', '2.0.0', true],
    ['2.0.0', '!=', '2.0.0', false],
    ['2.0.0', '>=', '2.0.0', true],
    ['2.0.0', '<=', '1.0.0', false],
    ['3.0.1', '~', '3.0.0', true],
    ['3.1.0', '~', '3.0.0', false],
    ['3.1.0', '^', '3.0.0', true],
    ['4.0.0', '^', '3.0.0', false],
    ['v1.0.0', '=', '1.0.0', true],
    ['1.5.0', '^', '1', true],
    [1, '=', '1.0.0', true],
    ['1.0.0+a', '=', '1.0.0+b', true],
    ['2.0.0.0', '=', '2.0.0', null],
    ['my1', '=', '1.0.0', null],
    ['1.0.0', '===', '1.0.0', null],
    ['1.0.0', 'toString', '1.0.0', null],
  ])('%s %s %s is %s', (a, comparison, b, holds) => {
    expect(semVer([a, comparison, b])).toBe(holds);
  });

  it('are compared three arguments at a time', () => {
    expect(semVer(['1.0.0', '='])).toBeNull();
  });
});

describe('a targeting rule', () => {
  it('is JSONLogic', () => {
    const rule = { if: [{ in: ['@example.com', { var: 'email' }] }, 'on', { '>': [{ var: 'age' }, 18] }, 'adult', null] };
    expect([asked(rule, { email: 'a@example.com' }), asked(rule, { age: 20 }), asked(rule, {})]).toEqual(['on', 'adult', null]);
    expect(asked({ if: [{ some: [{ var: 'roles' }, { '==': [{ var: '' }, 'admin'] }] }, 'yes', 'no'] }, { roles: ['user', 'admin'] })).toBe(
      'yes',
    );
  });

  it('knows text, versions and shares', () => {
    const edges = { if: [{ starts_with: [{ var: 'id' }, 'abc'] }, 'prefix', { ends_with: [{ var: 'id' }, 'xyz'] }, 'postfix', 'none'] };
    expect(['abcdef', 'uvwxyz', 'abcxyz', 'lmnopq', 7].map((id) => asked(edges, { id }))).toEqual([
      'prefix',
      'postfix',
      'prefix',
      'none',
      'none',
    ]);
    expect(asked({ if: [{ sem_ver: [{ var: 'version' }, '>=', '2.0.0'] }, 'new', 'old'] }, { version: '2.1.0' })).toBe('new');
    expect(asked({ starts_with: ['one'] })).toBeNull();
    expect(asked({ ends_with: 'x' })).toBeNull();
  });

  it('knows the flag, the time and the unit', () => {
    expect(asked({ var: '$flagd.flagKey' })).toBe('key');
    expect(asked({ var: '$flagd.timestamp' })).toBe(String(AT / 1000));
    expect(asked({ var: 'targetingKey' }, {}, 'unit')).toBe('unit');
    expect(asked({ var: 'targetingKey' }, { targetingKey: 'own' }, 'unit')).toBe('own');
  });

  it('draws anew for every unit, also where nothing but the unit varies', () => {
    const rule = {
      fractional: [
        ['heads', 1],
        ['tails', 1],
      ],
    };
    const ask = compileTargeting(rule as never, 'key', () => AT);
    expect(new Set(Array.from({ length: 50 }, (_, i) => ask({}, `u${i}`)))).toEqual(new Set(['heads', 'tails']));
    expect(
      asked(
        {
          if: [
            {
              fractional: [
                [false, 0],
                [true, 100],
              ],
            },
            'big',
            'small',
          ],
        },
        {},
        'some-targeting-key',
      ),
    ).toBe('big');
    expect(
      asked(
        { fractional: [{ var: 'targetingKey' }, [{ if: [{ '==': [{ var: 'tier' }, 'premium'] }, 'premium', 'standard'] }, 100]] },
        { tier: 'premium' },
        'jon',
      ),
    ).toBe('premium');
    expect(asked({ fractional: [['single', 1]] }, {}, 'u')).toBe('single');
  });

  it('has operators of this list and no others, at any depth', () => {
    expect(ruleFaults({ if: [{ '==': [1, 1] }, 'a', { fractional: [['b', { max: [1, 2] }]] }] })).toEqual([]);
    expect(ruleFaults({ if: [{ throw: 'x' }, { and: [{ a: 1, b: 2 }] }] })).toEqual([
      { at: 'targeting.if[0]', operator: 'throw' },
      { at: 'targeting.if[1].and[0]', operator: 'a, b' },
    ]);
    expect(ruleFaults({ if: [{}, 'literal'] })).toEqual([]);
    for (const operator of operatorNames) expect(() => asked({ [operator]: [1, 2, 3] })).not.toThrow(/not found/);
  });

  it('reaches nothing but its context', () => {
    for (const path of ['constructor', '__proto__.constructor', 'toString', 'a.constructor.constructor'])
      expect(String(asked({ cat: ['=', { var: path }] }, { a: 'x' }))).not.toMatch(/function|native/);
  });
});

describe('a flag with targeting', () => {
  const targeting = { if: [{ '==': [{ var: 'plan' }, 'pro'] }, 'treatment', { '==': [{ var: 'plan' }, 'odd'] }, 'nonsense', null] };
  const decide = (stage: string, context: FlagContext, more: object = {}) => {
    const { decidedBy, variant, reason, errorCode } = evaluate(flag({ stage, targeting, ...more }), context);
    return [decidedBy, variant, reason, errorCode];
  };

  it('asks it from the percentages on, after the lists and before chance', () => {
    expect(decide('beta_10', { plan: 'pro' })).toEqual(['targeting', 'treatment', 'TARGETING_MATCH', null]);
    expect(decide('internal', { plan: 'pro' })[0]).toBe('not_internal');
    expect(decide('ga', { plan: 'pro', tenantId: 'foe' }, { tenantBlacklist: ['foe'] })[0]).toBe('deny_list');
    expect(decide('beta_10', { plan: 'free', userId: 'u' })[0]).toMatch(/percentage/);
  });

  it('leaves the rest to the stage', () => {
    expect(decide('ga', { plan: 'free' })).toEqual(['ga', 'treatment', 'DEFAULT', null]);
  });

  it('serves the default variant with an error where it names one that is not there, or fails', () => {
    expect(decide('ga', { plan: 'odd' })).toEqual(['targeting_error', 'control', 'ERROR', 'GENERAL']);
    expect(decide('ga', {}, { targeting: { '+': ['no number'] } })).toEqual(['targeting_error', 'control', 'ERROR', 'GENERAL']);
  });

  it('gives the rule the ids that stand beside the context', () => {
    const rule = {
      if: [
        { and: [{ '==': [{ var: 'tenantId' }, 't'] }, { '==': [{ var: 'userId' }, 'u'] }, { '==': [{ var: 'targetingKey' }, 'u'] }] },
        'treatment',
        null,
      ],
    };
    expect(decide('beta_10', { tenantId: 't', userId: 'u' }, { targeting: rule })[0]).toBe('targeting');
  });
});
