import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowWriter } from '../../src/runtime/rowbinary.ts';

const written = (write: (row: ReturnType<typeof createRowWriter>) => void): Buffer => {
  const row = createRowWriter(4);
  write(row);
  return Buffer.from(row.slice(0, row.position));
};

/** Length as LEB128, then UTF-8: ClickHouse's String. */
function expectedString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

describe('the row writer', () => {
  it('writes text of any alphabet and length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(written((row) => row.string(text))).toEqual(expectedString(text));
      }),
    );
    const long = 'é'.repeat(20_000);
    expect(written((row) => row.string(long))).toEqual(expectedString(long));
  });

  it('writes whole numbers of 64 bits of either sign', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((row) => row.int64(value)).readBigInt64LE()).toBe(BigInt(value));
      }),
    );
    expect(written((row) => row.int64(-1e18)).readBigInt64LE()).toBe(-(10n ** 18n));
  });

  it('writes a UUID as two little-endian halves', () => {
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    expect(written((row) => row.uuid(uuid)).toString('hex')).toBe('7766554433221100ffeeddccbbaa9988');
    expect(written((row) => row.uuid(uuid.toUpperCase())).toString('hex')).toBe('7766554433221100ffeeddccbbaa9988');
  });

  it('writes small numbers, doubles and counts', () => {
    const bytes = written((row) => {
      row.uint8(7);
      row.uint16(0x0102);
      row.uint32(0xfffefdfc);
      row.float64(0.25);
      row.count(300);
    });
    expect(bytes.toString('hex')).toBe('070201fcfdfeff000000000000d03fac02');
  });

  it('forgets what is taken back, and grows without losing what is there', () => {
    const row = createRowWriter(8);
    row.uint32(1);
    const kept = row.position;
    row.string('x'.repeat(1000));
    row.reset(kept);
    row.uint32(2);
    expect(row.slice(0, row.position).toString('hex')).toBe('0100000002000000');
  });
});
