import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExposureMemory, exposedUnit, exposureKey, unitIdOf } from '../../../src/domain/flags/exposure.ts';

const HOUR_MS = 3_600_000;

describe('what was exposed is remembered', () => {
  it('for a window, with the variant and the stage', () => {
    const memory = createExposureMemory(HOUR_MS, 10);
    expect(memory.isNew('u', 'treatment', 'beta_10', 0)).toBe(true);
    expect(memory.isNew('u', 'treatment', 'beta_10', HOUR_MS - 1)).toBe(false);
    expect(memory.isNew('u', 'treatment', 'beta_10', HOUR_MS)).toBe(true);
    expect(memory.isNew('u', 'treatment', 'beta_25', HOUR_MS + 1)).toBe(true);
    expect(memory.isNew('u', 'control', 'beta_25', HOUR_MS + 2)).toBe(true);
    expect([memory.variantOf('u'), memory.variantOf('v')]).toEqual(['control', null]);
  });

  it('never of more units than allowed: the oldest is forgotten', () => {
    const memory = createExposureMemory(HOUR_MS, 3);
    for (const unit of ['a', 'b', 'c', 'd']) memory.isNew(unit, 'control', 'beta_10', 0);
    expect([memory.size(), memory.variantOf('a'), memory.variantOf('b')]).toEqual([3, null, 'control']);
    expect(memory.isNew('a', 'control', 'beta_10', 1)).toBe(true);
  });

  it('no longer than the window while others come', () => {
    const memory = createExposureMemory(1000, 1_000_000);
    for (let i = 0; i < 100; i++) memory.isNew(`first ${i}`, 'control', 'beta_10', 0);
    for (let i = 0; i < 50; i++) memory.isNew(`later ${i}`, 'control', 'beta_10', 1000);
    expect(memory.size()).toBe(50);
  });

  it('as told: within a window every unit is news once, whatever the order', () => {
    const asked = fc.array(fc.tuple(fc.nat(9), fc.nat(300)), { maxLength: 200 });
    fc.assert(
      fc.property(asked, (steps) => {
        const memory = createExposureMemory(1000, 10);
        const told = new Map<number, number>();
        let now = 0;
        for (const [unit, pause] of steps) {
          now += pause;
          const last = told.get(unit);
          const expected = last === undefined || now - last >= 1000;
          expect(memory.isNew(String(unit), 'control', 'beta_10', now)).toBe(expected);
          if (expected) told.set(unit, now);
          expect(memory.size()).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});

describe('the exposed unit', () => {
  it('is what the variant was drawn by', () => {
    const ids = { tenantId: 'acme', userId: 'u', entityId: 'e', targetingKey: 'k' };
    expect([unitIdOf('user', ids), unitIdOf('tenant', ids), unitIdOf('entity', ids)]).toEqual(['u', 'acme', 'e']);
    expect([
      unitIdOf('user', { targetingKey: 'k' }),
      unitIdOf('entity', { userId: 'u', targetingKey: 'k' }),
      unitIdOf('tenant', { targetingKey: 'k' }),
    ]).toEqual(['k', 'k', null]);
  });

  it('is named as events name it', () => {
    expect(exposedUnit('user', { tenantId: 'acme', targetingKey: 'k', entityId: 'lead' })).toEqual({
      tenantId: 'acme',
      userId: 'k',
      entityId: 'lead',
    });
    expect(exposedUnit('entity', { tenantId: 'acme', userId: 'u', targetingKey: 'k' })).toEqual({
      tenantId: 'acme',
      userId: 'u',
      entityId: 'k',
    });
    expect(exposedUnit('tenant', { tenantId: 'acme' })).toEqual({ tenantId: 'acme', userId: null, entityId: null });
  });

  it('cannot be named without a tenant, or without an id', () => {
    expect(exposedUnit('user', { userId: 'u' })).toBeNull();
    expect(exposedUnit('user', { tenantId: 'acme', userId: '' })).toBeNull();
    expect(exposedUnit('entity', { tenantId: 'acme', entityId: 7 })).toBeNull();
  });

  it('is another one in another tenant', () => {
    expect(exposureKey('f', 'a', 'bc')).not.toBe(exposureKey('f', 'ab', 'c'));
  });
});
