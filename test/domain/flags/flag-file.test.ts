import { describe, expect, it } from 'vitest';
import { flagDocument } from '../../../src/domain/flags/flag.ts';
import { parseFlagFile } from '../../../src/domain/flags/flag-file.ts';
import { evaluateFlagd, flag } from '../../support/flags.ts';

const read = (file: unknown) => {
  const parsed = parseFlagFile(file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.definitions;
};
const faults = (file: unknown) => {
  const parsed = parseFlagFile(file);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
};

describe('a file of ours', () => {
  it('is a list of flags, as they are exported', () => {
    const one = flag({ id: 'one', stage: 'beta_25' });
    expect(read({ flags: [flagDocument(one), { id: 'two' }] }).map(({ id, stage }) => [id, stage])).toEqual([
      ['one', 'beta_25'],
      ['two', 'disabled'],
    ]);
  });

  it('may use the names of the product’s guide', () => {
    const guide = {
      feature_id: 'my_feature',
      name: 'My Custom Feature',
      description: 'Description of the feature',
      rollout_stage: 'beta_10',
      roi_target: 50_000,
      error_rate_threshold: 5,
      latency_threshold_ms: 500,
      metric_drop_threshold: 10,
      tenant_whitelist: ['beta_tenant_1', 'beta_tenant_2'],
      tenant_blacklist: ['issue_tenant'],
    };
    expect(read({ flags: [guide] })).toMatchObject([
      {
        id: 'my_feature',
        stage: 'beta_10',
        roiTargetUsd: 50_000,
        tenantWhitelist: ['beta_tenant_1', 'beta_tenant_2'],
        tenantBlacklist: ['issue_tenant'],
      },
    ]);
  });

  it('is refused with every fault of every flag, by its place', () => {
    expect(faults({ flags: [{ id: 'one' }, { id: 'one' }, { id: 'two', stage: 'far' }, 'three'] })).toEqual([
      'flags[2].stage',
      'flags[3]',
      'flags[1].id',
    ]);
    for (const nothing of [null, {}, [], { flags: 7 }, 'flags']) expect(faults(nothing)).toEqual(['flags']);
  });
});

describe('a file of flagd', () => {
  const file = {
    $schema: 'https://flagd.dev/schema/v0/flags.json',
    metadata: { team: 'web', tier: 1 },
    $evaluators: {
      ours: { ends_with: [{ var: 'email' }, '@example.com'] },
      oursAndPro: { and: [{ $ref: 'ours' }, { '==': [{ var: 'plan' }, 'pro'] }] },
    },
    flags: {
      'new-welcome-banner': {
        state: 'ENABLED',
        variants: { on: true, off: false },
        defaultVariant: 'off',
        targeting: { if: [{ $ref: 'ours' }, 'on', null] },
        metadata: { tier: 2 },
      },
      colour: {
        state: 'ENABLED',
        variants: { red: '#f00', blue: '#00f' },
        defaultVariant: 'red',
        targeting: { if: [{ $ref: 'oursAndPro' }, { fractional: [['blue', 1]] }, null] },
      },
      limit: { state: 'ENABLED', variants: { low: 10, high: 1000 }, defaultVariant: 'high' },
      layout: { state: 'ENABLED', variants: { wide: { columns: 3 } }, defaultVariant: 'wide', targeting: {} },
      off: { state: 'DISABLED', variants: { on: true, off: false }, defaultVariant: 'on' },
      truth: { state: 'ENABLED', variants: { true: 'yes', false: 'no' }, defaultVariant: 'false', targeting: { '==': [{ var: 'a' }, 1] } },
      'no-default': { state: 'ENABLED', variants: { big: 10 }, defaultVariant: null, targeting: { if: [{ var: 'wanted' }, 'big', null] } },
      unnamed: { state: 'ENABLED', variants: { big: 10 } },
    },
  };
  const ask = (key: string, context: Record<string, unknown> = {}) => {
    const { value, variant, reason } = evaluateFlagd(file, key, context);
    return [value, variant, reason];
  };

  it('serves the default variant, always, where there is no targeting', () => {
    expect(ask('limit')).toEqual([1000, 'high', 'STATIC']);
    expect(ask('layout')).toEqual([{ columns: 3 }, 'wide', 'STATIC']);
  });

  it('serves what targeting names, and the default where it names nothing', () => {
    expect(ask('new-welcome-banner', { email: 'a@example.com' })).toEqual([true, 'on', 'TARGETING_MATCH']);
    expect(ask('new-welcome-banner', { email: 'a@example.org' })).toEqual([false, 'off', 'DEFAULT']);
    expect([ask('truth', { a: 1 }), ask('truth', { a: 2 })]).toEqual([
      ['yes', 'true', 'TARGETING_MATCH'],
      ['no', 'false', 'TARGETING_MATCH'],
    ]);
  });

  it('shares rules, which may use each other', () => {
    expect(ask('colour', { email: 'a@example.com', plan: 'pro', targetingKey: 'u' })).toEqual(['#00f', 'blue', 'TARGETING_MATCH']);
    expect(ask('colour', { email: 'a@example.com', plan: 'free' })).toEqual(['#f00', 'red', 'DEFAULT']);
  });

  it('leaves a disabled flag, and one without a default, to the caller', () => {
    expect(ask('off')[2]).toBe('DISABLED');
    expect(ask('no-default')).toEqual([undefined, null, 'DEFAULT']);
    expect(ask('no-default', { wanted: true })).toEqual([10, 'big', 'TARGETING_MATCH']);
    expect(ask('unnamed')).toEqual([undefined, null, 'DEFAULT']);
  });

  it('gives its flags the metadata of the file under their own', () => {
    expect(read(file)[0]?.metadata).toEqual({ team: 'web', tier: 2 });
    expect(read(file)[0]?.featureId).toBe('new_welcome_banner');
  });

  it('is refused with the place of every fault', () => {
    const wrong = (more: object) => ({ flags: { f: { state: 'ENABLED', variants: { a: 1 }, defaultVariant: 'a', ...more } } });
    expect(faults(wrong({ state: 'MAYBE' }))).toEqual(['flags.f.state']);
    expect(faults(wrong({ variants: { a: 1, b: 'two' } }))).toEqual(['flags.f.variants[1].value']);
    expect(faults(wrong({ variants: 7 }))).toContain('flags.f.variants');
    expect(faults(wrong({ targeting: { $ref: 'nowhere' } }))).toEqual(['flags.f.targeting.$ref']);
    expect(faults(wrong({ targeting: { log: 'x' } }))).toEqual(['flags.f.targeting']);
    expect(faults({ ...wrong({ targeting: { $ref: 'a' } }), $evaluators: { a: { and: [{ $ref: 'a' }] } } })).toEqual([
      'flags.f.targeting.$ref',
    ]);
    expect(faults({ flags: { f: null } })).toEqual(['flags.f']);
  });
});
