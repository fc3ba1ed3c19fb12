import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cell, cellChunks, tenantChunks, touchedParams } from '../../src/query/touched.ts';

const LIMIT = 131_072;
const cell: fc.Arbitrary<Cell> = fc.record({
  tenant: fc.string({ minLength: 1, maxLength: 256, unit: 'grapheme' }),
  feature: fc.string({ minLength: 1, maxLength: 64 }),
  bucket: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});
const keyOf = ({ tenant, feature, bucket }: Cell): string => JSON.stringify([tenant, feature, bucket]);

describe('touched buckets', () => {
  it('come in chunks that hold each once, in order of time', () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 50 }), (cells) => {
        const chunks = [...cellChunks(cells)];
        expect(chunks.flat().map(keyOf).sort()).toEqual(cells.map(keyOf).sort());
        const buckets = chunks.flat().map(({ bucket }) => bucket);
        expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
      }),
    );
  });

  it('never make a parameter that ClickHouse refuses', () => {
    const cells = Array.from({ length: 12_000 }, (_, n) => ({
      tenant: `${'日'.repeat(250)}${n}`,
      feature: 'f',
      bucket: 4_000_000_000 + n,
    }));
    for (const chunk of cellChunks(cells)) {
      for (const value of Object.values(touchedParams(chunk))) expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThan(LIMIT);
    }
    const tenants = cells.map(({ tenant }) => tenant);
    expect(tenantChunks(tenants).flat()).toEqual(tenants);
    for (const chunk of tenantChunks(tenants)) expect(Buffer.byteLength(JSON.stringify(chunk))).toBeLessThan(LIMIT);
  });

  it('name each tenant and feature once', () => {
    const params = touchedParams([
      { tenant: 'a', feature: 'f', bucket: 60 },
      { tenant: 'b', feature: 'f', bucket: 120 },
      { tenant: 'a', feature: 'g', bucket: 180 },
    ]);
    expect(params).toEqual({
      tenants: ['a', 'b'],
      tenantOf: [1, 2, 1],
      features: ['f', 'g'],
      featureOf: [1, 1, 2],
      buckets: [60, 120, 180],
    });
  });
});
