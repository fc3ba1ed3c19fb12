/** Unpacks Snappy, which senders to Kafka may choose: https://github.com/google/snappy/blob/main/format_description.txt */

/** Java's clients cut the bytes into blocks and put this in front, with two version numbers of four bytes each. */
const XERIAL = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0];
const XERIAL_HEADER_BYTES = 16;
/** No element of three bytes yields more than 64, so that a hostile length cannot claim memory. */
const MOST_PER_BYTE = 64;

type Cursor = { readonly bytes: Uint8Array; at: number };

function next(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++];
  if (byte === undefined) throw new RangeError('snappy: the bytes end too early');
  return byte;
}

function littleEndian(cursor: Cursor, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value += next(cursor) * 256 ** i;
  return value;
}

function varint(cursor: Cursor): number {
  let value = 0;
  for (let factor = 1; factor < 2 ** 35; factor *= 128) {
    const byte = next(cursor);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
  throw new RangeError('snappy: a length that never ends');
}

function literal(cursor: Cursor, tag: number, out: Uint8Array, to: number): number {
  const short = tag >>> 2;
  const length = (short < 60 ? short : littleEndian(cursor, short - 59)) + 1;
  const end = cursor.at + length;
  if (end > cursor.bytes.length || to + length > out.length) throw new RangeError('snappy: a literal beyond the end');
  out.set(cursor.bytes.subarray(cursor.at, end), to);
  cursor.at = end;
  return to + length;
}

function copyOf(cursor: Cursor, tag: number): { length: number; distance: number } {
  if ((tag & 3) === 1) return { length: ((tag >>> 2) & 7) + 4, distance: (tag >>> 5) * 256 + next(cursor) };
  return { length: (tag >>> 2) + 1, distance: littleEndian(cursor, (tag & 3) === 2 ? 2 : 4) };
}

function copy(cursor: Cursor, tag: number, out: Uint8Array, to: number): number {
  const { length, distance } = copyOf(cursor, tag);
  if (distance === 0 || distance > to || to + length > out.length) throw new RangeError('snappy: a copy from nowhere');
  // Byte by byte: a copy may overlap what it writes.
  for (let i = to; i < to + length; i++) out[i] = out[i - distance] as number;
  return to + length;
}

function block(bytes: Uint8Array): Uint8Array {
  const cursor = { bytes, at: 0 };
  const length = varint(cursor);
  if (length > bytes.length * MOST_PER_BYTE) throw new RangeError('snappy: a length that the bytes cannot yield');
  const out = new Uint8Array(length);
  let to = 0;
  while (cursor.at < bytes.length) {
    const tag = next(cursor);
    to = (tag & 3) === 0 ? literal(cursor, tag, out, to) : copy(cursor, tag, out, to);
  }
  if (to !== length) throw new RangeError('snappy: fewer bytes than announced');
  return out;
}

/** The blocks of Java's clients, or the one block of all others. @throws RangeError on bytes that are not Snappy */
export function unpackSnappy(bytes: Uint8Array): Uint8Array[] {
  if (!XERIAL.every((byte, i) => bytes[i] === byte)) return [block(bytes)];
  const blocks: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    const from = at + 4;
    at = from + view.getUint32(at);
    blocks.push(block(bytes.subarray(from, at)));
  }
  return blocks;
}
