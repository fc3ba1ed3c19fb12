import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackLz4 } from '../../src/domain/lz4.ts';

const MOST = 100_000;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (...parts: (number | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))));

const unpack = (bytes: Uint8Array): string => text(unpackLz4(bytes, MOST));
const frame = (flags: number, ...rest: (number | string)[]): string => unpack(bytesOf(0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0, ...rest));

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
    expect(unpack(bytesOf(...one))).toBe('abcabcabc');
    expect(unpack(bytesOf(...one, ...one))).toBe('abcabcabcabcabcabc');
  });

  it.each([
    ['what is not a frame', () => unpack(bytesOf('abcdefghijkl'))],
    ['a frame without an end', () => frame(0x60, 4, 0, 0, 0, 0x30, 'abc')],
    ['literals beyond the end', () => frame(0x60, 2, 0, 0, 0, 0x90, 'a', 0, 0, 0, 0)],
    ['a match from before the beginning', () => frame(0x60, 5, 0, 0, 0, 0x10, 'a', 9, 0, 0, 0, 0, 0, 0)],
    ['more than is allowed from a few bytes', () => frame(0x60, 0, 2, 0, 0, 0x1f, 'a', 1, 0, '\xff'.repeat(507), 0, 0, 0, 0, 0)],
    ['a block that ends within a match', () => frame(0x60, 3, 0, 0, 0, 0x10, 'a', 1, 0, 0, 0, 0)],
  ])('refuses %s', (_, wrong) => {
    expect(wrong).toThrow(RangeError);
  });

  it('answers or refuses whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => attempt(() => frame(0x60, text(bytes)))).not.toThrow();
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
