import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackSnappy } from '../../src/adapters/kafka/snappy.ts';

const MOST = 100_000;
const bytesOf = (...parts: (number | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))));
const snappy = (...parts: (number | string)[]): string => unpackSnappy(bytesOf(...parts), MOST).toString('latin1');

describe('Snappy', () => {
  it('knows literals, long literals, and copies with one, two and four bytes of distance', () => {
    expect(snappy(3, 0x08, 'abc')).toBe('abc');
    expect(snappy(70, 60 << 2, 69, 'x'.repeat(70))).toBe('x'.repeat(70));
    expect(snappy(9, 0x08, 'abc', 0x09, 3)).toBe('abcabcabc');
    expect(snappy(8, 0x08, 'abc', 0x12, 3, 0)).toBe('abcabcab');
    expect(snappy(8, 0x08, 'abc', 0x13, 3, 0, 0, 0)).toBe('abcabcab');
    expect(snappy(0)).toBe('');
  });

  it("takes the blocks of Java's clients apart", () => {
    const header = [0x82, 'SNAPPY', 0, 0, 0, 0, 1, 0, 0, 0, 1];
    expect(snappy(...header, 0, 0, 0, 5, 3, 0x08, 'abc', 0, 0, 0, 3, 1, 0x00, 'd')).toBe('abcd');
    expect(snappy(...header)).toBe('');
  });

  it.each([
    ['nothing at all', []],
    ['a length without bytes', [200, 1]],
    ['an endless length', [255, 255, 255, 255, 255, 255]],
    ['gigabytes from a few bytes', [255, 255, 255, 255, 7, 0x00, 'a']],
    ['a literal beyond the end', [9, 0x20, 'abc']],
    ['more than announced', [1, 0x08, 'abc']],
    ['a copy from before the beginning', [7, 0x08, 'abc', 0x01, 4]],
    ['fewer bytes than announced', [9, 0x08, 'abc']],
  ])('refuses %s', (_, parts) => {
    expect(() => snappy(...parts)).toThrow();
  });

  it('answers or refuses whatever the bytes are, with no more than is allowed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(lengthOrNull(Buffer.from(bytes)) ?? 0).toBeLessThanOrEqual(MOST);
      }),
    );
  });

  it('answers as before after it has refused', () => {
    lengthOrNull(bytesOf(9, 0x20, 'abc'));
    expect(snappy(3, 0x08, 'abc')).toBe('abc');
  });
});

function lengthOrNull(bytes: Buffer): number | null {
  try {
    return unpackSnappy(bytes, MOST).length;
  } catch {
    return null;
  }
}
