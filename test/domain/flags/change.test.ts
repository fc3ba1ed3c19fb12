import { describe, expect, it } from 'vitest';
import { changeOf, changeRecord, movedUnits, sameDefinition } from '../../../src/domain/flags/change.ts';
import type { Flag } from '../../../src/domain/flags/flag.ts';
import { definitionOf, flagDocument } from '../../../src/domain/flags/flag.ts';
import { flagForTenant } from '../../../src/domain/flags/visible.ts';
import { AT, definition, flag } from '../../support/flags.ts';

const author = { by: 'guard', reason: 'error_rate_spike', evidence: { rate: 7.5 } };
const change = (before: Flag | null, after: Flag | null) => changeOf('change-1', { before, after }, 2, author, AT);

describe('a change', () => {
  it('says what was done', () => {
    const [one, archived] = [flag(), flag({}, { archived: true })];
    const kinds = [
      change(null, one),
      change(one, flag({ name: 'x' })),
      change(one, flag({ stage: 'ga' })),
      change(one, archived),
      change(archived, one),
      change(one, null),
    ].map(({ kind }) => kind);
    expect(kinds).toEqual(['created', 'updated', 'stage_changed', 'archived', 'unarchived', 'deleted']);
  });

  it('is a record with who, why, the evidence and both versions', () => {
    const [before, after] = [flag({ stage: 'beta_10' }), flag({ stage: 'disabled' }, { version: 2 })];
    expect(changeRecord(change(before, after))).toEqual({
      changeId: 'change-1',
      flagId: 'realtime_intelligence',
      featureId: 'realtime_intelligence',
      version: 2,
      kind: 'stage_changed',
      by: 'guard',
      reason: 'error_rate_spike',
      occurredAt: AT,
      stageBefore: 'beta_10',
      stageAfter: 'disabled',
      evidence: '{"rate":7.5}',
      before: JSON.stringify(flagDocument(before)),
      after: JSON.stringify(flagDocument(after)),
    });
    expect(changeRecord(change(null, after))).toMatchObject({ stageBefore: null, before: null });
    expect(changeRecord(changeOf('c', { before, after: null }, 3, { by: 'a', reason: 'b' }, AT))).toMatchObject({
      stageAfter: null,
      after: null,
      evidence: null,
    });
  });

  it('is none where everything stays', () => {
    expect(sameDefinition(definition(), definitionOf(flag({}, { version: 9 })))).toBe(true);
    expect(sameDefinition(definition(), definition({ owner: 'me' }))).toBe(false);
  });
});

describe('while a rollout is under way', () => {
  const fields = (before: object, after: object) => movedUnits(definition(before), definition(after)).map(({ field }) => field);
  const weights = (...list: number[]) => list.map((weight, i) => ({ name: `v${i}`, value: i, weight }));

  it('nothing may change that decides who gets what', () => {
    const running = { stage: 'beta_10', variants: weights(1, 1) };
    expect(fields(running, { stage: 'beta_25', variants: weights(1, 2) })).toEqual(['variants']);
    expect(fields(running, { ...running, seed: 'again' })).toEqual(['seed']);
    expect(fields(running, { ...running, unit: 'tenant' })).toEqual(['unit']);
    expect(fields(running, { ...running, variants: weights(1, 1).reverse(), defaultVariant: 'v0' })).toEqual(['variants']);
  });

  it('all else may: the stage, lists, values, limits', () => {
    expect(fields({ stage: 'beta_10' }, { stage: 'beta_50', tenantWhitelist: ['t'], errorRateThresholdPercent: 1 })).toEqual([]);
  });

  it('but before and after it everything may', () => {
    for (const [was, is] of [
      ['internal', 'beta_10'],
      ['beta_10', 'disabled'],
      ['ga', 'ga'],
    ])
      expect(fields({ stage: was }, { stage: is, seed: 'again' })).toEqual([]);
  });
});

describe('a tenant', () => {
  it('sees its own entries of the lists, and nothing that may speak of others', () => {
    const document = flagDocument(
      flag({
        tenantWhitelist: ['acme', 'globex'],
        tenantBlacklist: ['globex'],
        userWhitelist: ['u'],
        targeting: { in: [{ var: 'tenantId' }, ['globex']] },
      }),
    );
    const seen = flagForTenant(document, 'acme');
    expect(seen).toMatchObject({ id: 'realtime_intelligence', tenantWhitelist: ['acme'], tenantBlacklist: [] });
    expect(JSON.stringify(seen)).not.toMatch(/globex|userWhitelist|targeting/);
  });
});
