/** Avro's decimal: an unscaled integer in two's complement, big-endian, beside decimal text. Exact both ways. */

/** A longer unscaled value cannot be a number of the 38 digits that any consumer supports, and is refused before it is computed. */
const MAX_BYTES = 16;

/** Up to here a double is exact, and several times as fast as a bigint. */
const MAX_DOUBLE_BYTES = 6;

function smallUnscaledOf(bytes: Uint8Array): number {
  let value = (bytes[0] ?? 0) >= 0x80 ? -1 : 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

function unscaledOf(bytes: Uint8Array): bigint {
  let value = (bytes[0] ?? 0) >= 0x80 ? -1n : 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/**
 * @returns decimal text with exactly `scale` places, for example "24.500000"
 * @throws RangeError beyond 16 bytes
 */
export function decimalText(bytes: Uint8Array, scale: number): string {
  if (bytes.length > MAX_BYTES) throw new RangeError(`a decimal of ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
  const unscaled = String(bytes.length <= MAX_DOUBLE_BYTES ? smallUnscaledOf(bytes) : unscaledOf(bytes));
  const sign = unscaled.startsWith('-') ? '-' : '';
  const digits = unscaled.slice(sign.length).padStart(scale + 1, '0');
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * @param text decimal text with at most `scale` places
 * @returns the shortest two's complement of the unscaled value
 * @throws RangeError on any other text
 */
export function decimalBytes(text: string, scale: number): Uint8Array {
  const match = /^(-?)(\d{1,32})(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[3] ?? '';
  if (!match || fraction.length > scale) throw new RangeError(`not a decimal with at most ${scale} places: ${text}`);
  const size = BigInt(`${match[2]}${fraction.padEnd(scale, '0')}`);
  return twosComplement(match[1] === '-' ? -size : size);
}

function twosComplement(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 8n) {
    const byte = Number(rest & 0xffn);
    bytes.unshift(byte);
    const sign = byte >= 0x80 ? -1n : 0n;
    if (rest >> 8n === sign) return Uint8Array.from(bytes);
  }
}
