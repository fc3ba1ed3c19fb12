import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rolloutStages } from '../../../src/domain/fields.ts';
import { bucketer } from '../../../src/domain/flags/bucket.ts';
import { compileFlag } from '../../../src/domain/flags/compile.ts';
import { type FlagContext, notReady, unknownFlag } from '../../../src/domain/flags/evaluation.ts';
import type { Flag } from '../../../src/domain/flags/flag.ts';
import { percentageStages, type RolloutStage, treatedShare } from '../../../src/domain/flags/stage.ts';
import { AT, evaluate, flag } from '../../support/flags.ts';

const lists = { tenantWhitelist: ['friend'], tenantBlacklist: ['foe', 'both'], userWhitelist: ['insider'] };
const at = (stage: RolloutStage, more: object = {}): Flag => flag({ stage, ...lists, ...more });
const decided = (one: Flag, context: FlagContext) => {
  const { decidedBy, variant, reason } = evaluate(one, context);
  return [decidedBy, variant, reason];
};
/** Users by what the flag's seed makes of them: the control's range begins at 0, the treatment's at 5,000. */
const userIn = (from: number, to: number): string => {
  const bucketOf = bucketer('realtime_intelligence');
  for (let i = 0; ; i++) if (bucketOf(`user_${i}`) >= from && bucketOf(`user_${i}`) < to) return `user_${i}`;
};
const [controlAt10, treatmentAt10, treatmentAt25, neither] = [userIn(0, 1000), userIn(5000, 6000), userIn(6000, 7500), userIn(3000, 4000)];

describe('the stages', () => {
  it('lead from nobody to everybody', () => {
    expect(rolloutStages.map(treatedShare)).toEqual([0, 0, 0.1, 0.25, 0.5, 1]);
  });
});

describe('a flag decides', () => {
  it('disabled, for everybody, friends included', () => {
    for (const tenantId of ['friend', 'foe', 'other'])
      expect(decided(at('disabled'), { tenantId, userId: 'insider' })).toEqual(['disabled', 'control', 'DISABLED']);
  });

  it('archived like disabled', () => {
    expect(decided({ ...at('ga'), archived: true }, { tenantId: 'friend' })).toEqual(['archived', 'control', 'DISABLED']);
  });

  it.each(['internal', 'beta_10', 'beta_25', 'beta_50', 'ga'] as const)('at %s by the deny list before all else', (stage) => {
    expect(decided(at(stage), { tenantId: 'foe', userId: 'insider' })).toEqual(['deny_list', 'control', 'TARGETING_MATCH']);
    expect(decided(at(stage, { tenantWhitelist: ['both'] }), { tenantId: 'both' })).toEqual(['deny_list', 'control', 'TARGETING_MATCH']);
  });

  it.each(['internal', 'beta_10', 'ga'] as const)('at %s by the allow list next', (stage) => {
    expect(decided(at(stage), { tenantId: 'friend', userId: neither })).toEqual(['allow_list', 'treatment', 'TARGETING_MATCH']);
  });

  it.each(['internal', 'beta_10', 'beta_25', 'beta_50'] as const)('at %s for internal users, who keep it as it spreads', (stage) => {
    expect(decided(at(stage), { tenantId: 't', userId: 'insider' })).toEqual(['internal', 'treatment', 'TARGETING_MATCH']);
    expect(decided(at(stage), { targetingKey: 'insider' })[0]).toBe('internal');
  });

  it('at internal against all others', () => {
    expect(decided(at('internal'), { tenantId: 't', userId: treatmentAt10 })).toEqual(['not_internal', 'control', 'DEFAULT']);
  });

  it('at percentages by chance, with a control of the same size', () => {
    expect(decided(at('beta_10'), { userId: treatmentAt10 })).toEqual(['percentage', 'treatment', 'SPLIT']);
    expect(decided(at('beta_10'), { userId: controlAt10 })).toEqual(['percentage', 'control', 'SPLIT']);
    expect(decided(at('beta_10'), { userId: neither })).toEqual(['outside_percentage', 'control', 'SPLIT']);
    expect(decided(at('beta_10'), { userId: treatmentAt25 })[0]).toBe('outside_percentage');
    expect(decided(at('beta_25'), { userId: treatmentAt25 })).toEqual(['percentage', 'treatment', 'SPLIT']);
    expect(decided(at('beta_50'), { userId: neither })).toEqual(['percentage', 'control', 'SPLIT']);
  });

  it('at ga for everybody', () => {
    expect(decided(at('ga'), { tenantId: 't', userId: neither })).toEqual(['ga', 'treatment', 'DEFAULT']);
    expect(decided(at('ga'), {})).toEqual(['ga', 'treatment', 'DEFAULT']);
    expect(decided(flag({ stage: 'ga' }), {})).toEqual(['ga', 'treatment', 'STATIC']);
  });
});

describe('the unit', () => {
  it('is the user, the tenant or the entity', () => {
    const drawn = (unit: string, context: FlagContext) => decided(at('beta_10', { unit }), context)[0];
    expect(drawn('user', { userId: treatmentAt10, entityId: neither })).toBe('percentage');
    expect(drawn('entity', { userId: treatmentAt10, entityId: neither })).toBe('outside_percentage');
    expect(drawn('entity', { entityId: treatmentAt10 })).toBe('percentage');
    expect(drawn('tenant', { userId: neither, tenantId: treatmentAt10 })).toBe('percentage');
  });

  it('is the targeting key where the context names no user or entity', () => {
    for (const unit of ['user', 'entity']) expect(decided(at('beta_10', { unit }), { targetingKey: treatmentAt10 })[0]).toBe('percentage');
    expect(decided(at('beta_10'), { targetingKey: treatmentAt10, userId: neither })[0]).toBe('outside_percentage');
  });

  it('is the whole tenant where there is no other id, and then it is no observation of the experiment', () => {
    const asked = evaluate(at('beta_10'), { tenantId: treatmentAt10 });
    expect([asked.decidedBy, asked.variant, asked.inExperiment]).toEqual(['tenant_percentage', 'treatment', false]);
    expect(decided(at('beta_10'), { tenantId: neither })[0]).toBe('outside_percentage');
  });

  it('is missed when there is no id at all', () => {
    expect(evaluate(at('beta_10'), {})).toMatchObject({
      decidedBy: 'no_unit',
      variant: 'control',
      reason: 'ERROR',
      errorCode: 'TARGETING_KEY_MISSING',
    });
    expect(evaluate(at('beta_10', { unit: 'tenant' }), { userId: 'u' }).decidedBy).toBe('no_unit');
  });
});

describe('a user', () => {
  const users = fc.string();
  const variantAt = (stage: RolloutStage, userId: string) => evaluate(flag({ stage }), { userId });

  it('keeps the variant while the percentage grows, shrinks and grows again', () => {
    fc.assert(
      fc.property(users, fc.array(fc.constantFrom(...percentageStages), { maxLength: 10 }), (userId, path) => {
        const seen = path.map((stage) => variantAt(stage, userId)).filter(({ inExperiment }) => inExperiment);
        expect(new Set(seen.map(({ variant }) => variant)).size).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('who has the feature keeps it on the way to everybody', () => {
    fc.assert(
      fc.property(users, (userId) => {
        const enabled = rolloutStages.map((stage) => variantAt(stage, userId).enabled);
        const first = enabled.indexOf(true);
        expect(enabled.slice(first)).not.toContain(false);
      }),
    );
  });
});

describe('an answer', () => {
  it('carries what an exposure needs', () => {
    expect(evaluate(flag({ stage: 'beta_10', metadata: { team: 'leads' } }, { version: 3 }), { userId: treatmentAt10 })).toEqual({
      flagId: 'realtime_intelligence',
      featureId: 'realtime_intelligence',
      variant: 'treatment',
      value: true,
      enabled: true,
      reason: 'SPLIT',
      decidedBy: 'percentage',
      errorCode: null,
      stage: 'beta_10',
      inExperiment: true,
      version: 3,
      metadata: { team: 'leads' },
    });
  });

  it('is in the experiment exactly when a percentage decided for the unit', () => {
    const contexts = fc.record({ tenantId: fc.option(fc.constantFrom('friend', 'foe', 't')), userId: fc.option(fc.string()) });
    fc.assert(
      fc.property(fc.constantFrom(...rolloutStages), contexts, (stage, context) => {
        const { inExperiment, decidedBy } = evaluate(at(stage), context);
        expect(inExperiment).toBe(decidedBy === 'percentage');
      }),
    );
  });

  it('is the same frozen object every time, so that asking allocates nothing', () => {
    const compiled = compileFlag(at('beta_10'), () => AT);
    const first = compiled.decide(false, 't', treatmentAt10, null);
    expect(compiled.decide(false, 'other', treatmentAt10, null)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  it('of a stale copy says so, with the same variant', () => {
    expect(evaluate(at('beta_10'), { userId: treatmentAt10 }, true)).toMatchObject({
      variant: 'treatment',
      reason: 'STALE',
      decidedBy: 'percentage',
    });
    expect(evaluate(at('disabled'), {}, true).reason).toBe('STALE');
    expect(evaluate(at('beta_10'), {}, true).reason).toBe('ERROR');
  });

  it('about nothing is an error without a value', () => {
    expect(unknownFlag('x')).toMatchObject({ flagId: 'x', variant: null, value: undefined, enabled: false, errorCode: 'FLAG_NOT_FOUND' });
    expect(notReady('x')).toMatchObject({ decidedBy: 'not_ready', reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' });
  });
});

describe('a flag is on', () => {
  it('when its boolean value says so', () => {
    expect([evaluate(at('ga'), {}).enabled, evaluate(at('disabled'), {}).enabled]).toEqual([true, false]);
    expect(evaluate(at('beta_10'), { userId: controlAt10 }).enabled).toBe(false);
  });

  const colours = { variants: ['red', 'green', 'blue'].map((name) => ({ name, value: name })) };
  it('when a flag of another type serves anything but the default', () => {
    const users = Array.from({ length: 200 }, (_, i) => evaluate(flag({ stage: 'beta_50', ...colours }), { userId: `u${i}` }));
    expect(new Set(users.map(({ variant }) => variant))).toEqual(new Set(['red', 'green', 'blue']));
    for (const { enabled, variant } of users) expect(enabled).toBe(variant !== 'red');
  });

  it('when its default is what everybody is to get, unless it is refused', () => {
    const plain = flag({ stage: 'ga', ...colours, gaVariant: 'red', tenantBlacklist: ['foe'] });
    expect([evaluate(plain, {}).enabled, evaluate(plain, { tenantId: 'foe' }).enabled]).toEqual([true, false]);
  });
});
