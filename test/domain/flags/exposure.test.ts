import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExposureMemory, exposedUnit, unitIdOf } from '../../../src/domain/flags/exposure.ts';

const HOUR_MS = 3_600_000;

describe('what was exposed is remembered', () => {
  it('for a window, with the variant and the stage', () => {
    const memory = createExposureMemory(HOUR_MS, 10);
    expect(memory.isNew('f', 'acme', 'u', 'treatment', 'beta_10', 0)).toBe(true);
    expect(memory.isNew('f', 'acme', 'u', 'treatment', 'beta_10', HOUR_MS - 1)).toBe(false);
    expect(memory.isNew('f', 'acme', 'u', 'treatment', 'beta_10', HOUR_MS)).toBe(true);
    expect(memory.isNew('f', 'acme', 'u', 'treatment', 'beta_25', HOUR_MS + 1)).toBe(true);
    expect(memory.isNew('f', 'acme', 'u', 'control', 'beta_25', HOUR_MS + 2)).toBe(true);
    expect([memory.variantOf('f', 'acme', 'u'), memory.variantOf('f', 'acme', 'v')]).toEqual(['control', null]);
  });

  it('never of more units than allowed: the oldest is forgotten', () => {
    const memory = createExposureMemory(HOUR_MS, 3);
    for (const unit of ['a', 'b', 'c', 'd']) memory.isNew('f', 'acme', unit, 'control', 'beta_10', 0);
    expect([memory.size(), memory.variantOf('f', 'acme', 'a'), memory.variantOf('f', 'acme', 'b')]).toEqual([3, null, 'control']);
    expect(memory.isNew('f', 'acme', 'a', 'control', 'beta_10', 1)).toBe(true);
  });

  it('no longer than the window while others come', () => {
    const memory = createExposureMemory(1000, 1_000_000);
    for (let i = 0; i < 100; i++) memory.isNew('f', 'acme', `first ${i}`, 'control', 'beta_10', 0);
    for (let i = 0; i < 50; i++) memory.isNew('f', 'acme', `later ${i}`, 'control', 'beta_10', 1000);
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
          expect(memory.isNew('f', 'acme', String(unit), 'control', 'beta_10', now)).toBe(expected);
          if (expected) told.set(unit, now);
          expect(memory.size()).toBeLessThanOrEqual(10);
        }
      }),
    );
  });

  it('apart for each flag and tenant, with what it was told last, as long as there is room', () => {
    const step = fc.record({
      flag: fc.constantFrom('f', 'g'),
      tenant: fc.constantFrom('a', 'b'),
      unit: fc.constantFrom('a', 'b', 'c'),
      variant: fc.constantFrom('control', 'treatment'),
      pause: fc.nat(300),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 12 }), (steps, room) => {
        const memory = createExposureMemory(1000, room);
        // The oldest first, as Maps are when what is told again is put back at the end.
        const told = new Map<string, { variant: string; at: number }>();
        let now = 0;
        for (const { flag, tenant, unit, variant, pause } of steps) {
          now += pause;
          const key = JSON.stringify([flag, tenant, unit]);
          const last = told.get(key);
          const news = last === undefined || last.variant !== variant || now - last.at >= 1000;
          expect(memory.isNew(flag, tenant, unit, variant, 'beta_10', now)).toBe(news);
          if (news) {
            told.delete(key);
            told.set(key, { variant, at: now });
            const due = [...told].filter(([, { at }], i) => told.size - i > room || (i < 4 && now - at >= 1000));
            for (const [old] of due) told.delete(old);
          }
          expect(memory.size()).toBe(told.size);
          expect(memory.variantOf(flag, tenant, unit)).toBe(told.get(key)?.variant ?? null);
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
});
