import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalBytes, decimalText } from '../../src/domain/decimal.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a decimal of Avro', () => {
  it.each([
    ['24.50', '0175d720', '24.500000'],
    ['0', '00', '0.000000'],
    ['-0.000001', 'ff', '-0.000001'],
    ['0.000127', '7f', '0.000127'],
    ['0.000128', '0080', '0.000128'],
    ['-0.000128', '80', '-0.000128'],
    ['999999999.999999', '038d7ea4c67fff', '999999999.999999'],
  ])('%s is the shortest two’s complement %s and comes back as %s', (text, hex, back) => {
    expect(hexOf(decimalBytes(text, 6))).toBe(hex);
    expect(decimalText(bytesOf(hex), 6)).toBe(back);
  });

  it('reads what other writers pad with sign bytes', () => {
    expect(decimalText(bytesOf('00000000000175d720'), 6)).toBe('24.500000');
    expect(decimalText(bytesOf('ffffffffffffffff'), 6)).toBe('-0.000001');
  });

  it('reads no bytes at all as zero, and any scale', () => {
    expect(decimalText(new Uint8Array(), 6)).toBe('0.000000');
    expect(decimalText(bytesOf('2a'), 0)).toBe('42');
  });

  it('returns every amount exactly, whatever its size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (unscaled) => {
        const size = String(unscaled < 0n ? -unscaled : unscaled).padStart(7, '0');
        const text = `${unscaled < 0n ? '-' : ''}${size.slice(0, -6)}.${size.slice(-6)}`;
        expect(decimalText(decimalBytes(text, 6), 6)).toBe(text);
      }),
    );
  });

  it('refuses text that is no such decimal, and more bytes than any decimal has', () => {
    for (const text of ['', '1.', '.5', '1.0000001', '1e3', 'NaN', '0x10', ' 1']) expect(() => decimalBytes(text, 6)).toThrow(RangeError);
    expect(() => decimalText(new Uint8Array(17), 6)).toThrow(RangeError);
  });
});
