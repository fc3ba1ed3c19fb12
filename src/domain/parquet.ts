/**
 * One entry of ours in the key-value metadata of a Parquet file, and a digest of all that precedes it, so that damage is found before anything
 * is read. Other programs read the file as the plain Parquet that it is.
 *
 * Layout: https://parquet.apache.org/docs/file-format/ and parquet.thrift, in Thrift's compact protocol. ClickHouse writes no key-value metadata;
 * ours are appended as the last field of `FileMetaData`, since the protocol takes fields in any order.
 *
 *     … FileMetaData without its stop byte | field 5: [{key, value}, {key, digest}] | stop | length of FileMetaData | "PAR1"
 */

const DIGEST = 'impactstream.sha256';
const MAGIC = 'PAR1';
/** Length of the footer, 32 bits, and the magic bytes. */
const TRAILER_BYTES = 8;
const DIGEST_CHARACTERS = 64;
const STOP = 0x00;
/** A field of type binary whose id is one more than that of the field before. */
const BINARY_FIELD = 0x18;
/** Field 5 by its full id (zigzag), a list of two structures. */
const ENTRIES_FIELD = [0x09, 0x0a, 0x2c];

/** The entry takes the place of so many last bytes: the footer's stop byte and the trailer. */
export const REPLACED_BYTES = 1 + TRAILER_BYTES;
/** So many last bytes follow those that are digested: the digest, the ends of its entry and of the footer, the trailer. */
export const AFTER_DIGESTED = DIGEST_CHARACTERS + 2 + TRAILER_BYTES;

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]);
const opening = (length: number): number[] => [BINARY_FIELD, ...varint(length)];

function field(value: string): Uint8Array {
  const bytes = bytesOf(value);
  return joined(opening(bytes.length), bytes);
}

/** The length of the footer, from the last bytes of a Parquet file; null when they are not those of one. */
export function footerBytes(end: Uint8Array): number | null {
  const trailer = end.subarray(-TRAILER_BYTES);
  if (trailer.length < TRAILER_BYTES || textOf(trailer.subarray(4)) !== MAGIC) return null;
  return new DataView(trailer.buffer, trailer.byteOffset).getUint32(0, true);
}

/** What takes the place of the last `REPLACED_BYTES` of a file without key-value metadata; `ending` must follow it. */
export function entryBytes(key: string, value: string): Uint8Array {
  return joined(ENTRIES_FIELD, field(key), field(value), [STOP], field(DIGEST), opening(DIGEST_CHARACTERS));
}

/**
 * @param footer length of the footer that the file had
 * @param entry what `entryBytes` made
 * @param digest SHA-256 of all that precedes, hexadecimal
 */
export function ending(footer: number, entry: Uint8Array, digest: string): Uint8Array {
  const trailer = new Uint8Array(TRAILER_BYTES);
  new DataView(trailer.buffer).setUint32(0, footer - 1 + entry.length + DIGEST_CHARACTERS + 2, true);
  trailer.set(bytesOf(MAGIC), 4);
  return joined(bytesOf(digest), [STOP, STOP], trailer);
}

/** Where `wanted` begins the last time; -1 when nowhere. */
function lastIndexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.length - wanted.length; at >= 0; at--) if (wanted.every((byte, n) => bytes[at + n] === byte)) return at;
  return -1;
}

/** The value of the binary field whose length begins at `at`. */
function valueAt(bytes: Uint8Array, at: number): string {
  let [length, shift, next] = [0, 0, at];
  for (let byte = 0x80; byte >= 0x80 && shift < 28; shift += 7) {
    byte = bytes[next++] ?? 0;
    length |= (byte & 0x7f) << shift;
  }
  return textOf(bytes.subarray(next, next + length));
}

/**
 * The entry of this key, and the digest that was written with it.
 * @param end so many last bytes of the file that the entry is among them, or all
 * @returns null when there is none, or when the end of the file is damaged
 */
export function entryIn(end: Uint8Array, key: string): { value: string; digest: string } | null {
  if (footerBytes(end) === null) return null;
  const at = lastIndexOf(end, field(key));
  if (at < 0) return null;
  const value = valueAt(end, at + field(key).length + 1);
  const digest = textOf(end.subarray(-AFTER_DIGESTED).subarray(0, DIGEST_CHARACTERS));
  return /^[0-9a-f]{64}$/.test(digest) ? { value, digest } : null;
}
