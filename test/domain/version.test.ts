import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventKinds } from '../../src/domain/event.ts';
import type { Delivery } from '../../src/domain/version.ts';
import { versionOf } from '../support/version.ts';

const delivery: fc.Arbitrary<Delivery> = fc.record({
  revision: fc.integer({ min: 0, max: 16_383 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 42 - 1 }),
  offset: fc.integer({ min: 0, max: 2 ** 36 - 1 }),
  partition: fc.integer({ min: 0, max: 10_000 }),
  kind: fc.constantFrom(...eventKinds),
});
const first: Delivery = { revision: 0, timestamp: 1000, offset: 7, partition: 3, kind: 'custom-metrics' };

/** The rule in words: higher revision, else earlier time, else lower offset, else lower partition, else earlier kind. */
function beats(a: Delivery, b: Delivery): boolean {
  const order = (d: Delivery): number[] => [-d.revision, d.timestamp, d.offset, d.partition, eventKinds.indexOf(d.kind)];
  const [left, right] = [order(a), order(b)];
  const at = left.findIndex((value, index) => value !== right[index]);
  return at >= 0 && (left[at] as number) < (right[at] as number);
}

describe('the version of an event', () => {
  it('orders any two deliveries by the rule', () => {
    fc.assert(fc.property(delivery, delivery, (a, b) => versionOf(a) > versionOf(b) === beats(a, b)));
  });

  it('orders deliveries that differ in one thing only', () => {
    fc.assert(
      fc.property(delivery, delivery, fc.constantFrom('revision', 'timestamp', 'offset', 'partition', 'kind'), (a, b, field) => {
        const other = { ...a, [field]: b[field] };
        expect(versionOf(other) > versionOf(a)).toBe(beats(other, a));
      }),
    );
  });

  it('is the same for the same delivery, and leaves room for a sum of billions', () => {
    expect(versionOf({ ...first })).toBe(versionOf(first));
    expect(versionOf(first) < 2n ** 96n).toBe(true);
  });

  it('takes times before 1970 and after 2109 without leaving its bits', () => {
    expect(versionOf({ ...first, timestamp: -1 })).toBe(versionOf({ ...first, timestamp: 0 }));
    expect(versionOf({ ...first, timestamp: 2 ** 50 })).toBe(versionOf({ ...first, timestamp: 2 ** 42 - 1 }));
  });
});
