import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackLz4 } from '../../src/domain/lz4.ts';
import { unpackSnappy } from '../../src/domain/snappy.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (...parts: (number | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))));

const snappy = (...parts: (number | string)[]): string =>
  unpackSnappy(bytesOf(...parts))
    .map(text)
    .join('|');
const frame = (flags: number, ...rest: (number | string)[]): string =>
  text(unpackLz4(bytesOf(0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0, ...rest)));

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
    expect(snappy(...header, 0, 0, 0, 5, 3, 0x08, 'abc', 0, 0, 0, 3, 1, 0x00, 'd')).toBe('abc|d');
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
    expect(() => snappy(...parts)).toThrow(RangeError);
  });

  it('answers or refuses whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => attempt(() => unpackSnappy(bytes))).not.toThrow();
      }),
    );
  });
});

describe('LZ4', () => {
  it('knows literals, matches that overlap, long lengths and blocks that are not packed', () => {
    expect(frame(0x60, 4, 0, 0, 0, 0x30, 'abc', 0, 0, 0, 0)).toBe('abc');
    expect(frame(0x60, 7, 0, 0, 0, 0x12, 'a', 1, 0, 0x20, 'bc', 0, 0, 0, 0)).toBe(`${'a'.repeat(7)}bc`);
    expect(frame(0x60, 7, 0, 0, 0, 0x1f, 'a', 1, 0, 255, 2, 0x00, 0, 0, 0, 0)).toBe('a'.repeat(1 + 4 + 15 + 257));
    expect(frame(0x60, 3, 0, 0, 0x80, 'abc', 0, 0, 0, 0)).toBe('abc');
  });

  it('passes over sizes and checksums, and reads blocks that refer to earlier ones, and frames after each other', () => {
    const everything = 0x40 | 0x10 | 0x08 | 0x04;
    const [size, sum] = ['sizesize', 'ssss'];
    const head = [0x04, 0x22, 0x4d, 0x18, everything, 0x40];
    const blocks = [4, 0, 0, 0, 0x30, 'abc', sum, 4, 0, 0, 0, 0x02, 3, 0, 0x00, sum, 0, 0, 0, 0, sum];
    const one = [...head, size, 0, ...blocks];
    expect(text(unpackLz4(bytesOf(...one)))).toBe('abcabcabc');
    expect(text(unpackLz4(bytesOf(...one, ...one)))).toBe('abcabcabcabcabcabc');
  });

  it.each([
    ['what is not a frame', () => unpackLz4(bytesOf('abcdefghijkl'))],
    ['a frame without an end', () => frame(0x60, 4, 0, 0, 0, 0x30, 'abc')],
    ['literals beyond the end', () => frame(0x60, 2, 0, 0, 0, 0x90, 'a', 0, 0, 0, 0)],
    ['a match from before the beginning', () => frame(0x60, 5, 0, 0, 0, 0x10, 'a', 9, 0, 0, 0, 0, 0, 0)],
    ['a block that ends within a match', () => frame(0x60, 3, 0, 0, 0, 0x10, 'a', 1, 0, 0, 0, 0)],
  ])('refuses %s', (_, unpack) => {
    expect(unpack).toThrow(RangeError);
  });

  it('answers or refuses whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => attempt(() => unpackLz4(bytesOf(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0, text(bytes))))).not.toThrow();
      }),
    );
  });
});

/** Lets a refusal pass; anything else is a fault of ours. */
function attempt(unpack: () => unknown): void {
  try {
    unpack();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
