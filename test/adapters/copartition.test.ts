import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut } from '../../src/adapters/kafka/copartition.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('the assignment of partitions', () => {
  it('gives each partition to one member, and one number of all topics to the same', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 20 }), (members, partitions) => {
        const shares = shareOut(
          members,
          new Map([
            ['a', range(partitions)],
            ['b', range(partitions)],
          ]),
        );
        const given = [...shares.values()];
        expect(given.flatMap(({ a = [] }) => a).sort((x, y) => x - y)).toEqual(range(partitions));
        for (const { a, b } of given) expect(a).toEqual(b);
        const sizes = given.map(({ a = [] }) => a.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not depend on the order in which members are listed', () => {
    const topics = new Map([['a', range(5)]]);
    expect(shareOut(['z', 'x', 'y'], topics)).toEqual(shareOut(['x', 'y', 'z'], topics));
  });
});
