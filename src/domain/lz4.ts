/** Unpacks LZ4 frames, which senders to Kafka may choose: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */

const MAGIC = 0x184d2204;
const RAW_BLOCK = 0x8000_0000;
/** A match is at least this long, and its length says how much longer. */
const LEAST_MATCH = 4;
const FULL_NIBBLE = 15;

/** What is being written; blocks may refer to blocks before them, so it is one array that grows, to `most` bytes. */
type Out = { bytes: Uint8Array; at: number; readonly most: number };

function room(out: Out, wanted: number): void {
  const needed = out.at + wanted;
  if (needed <= out.bytes.length) return;
  if (needed > out.most) throw new RangeError(`more than ${out.most} bytes`);
  const grown = new Uint8Array(Math.max(Math.min(2 * out.bytes.length, out.most), needed));
  grown.set(out.bytes.subarray(0, out.at));
  out.bytes = grown;
}

type Cursor = { readonly bytes: Uint8Array; at: number };

function next(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++];
  if (byte === undefined) throw new RangeError('lz4: the bytes end too early');
  return byte;
}

function length(cursor: Cursor, nibble: number): number {
  let total = nibble;
  if (nibble === FULL_NIBBLE)
    for (let byte = 255; byte === 255; ) {
      byte = next(cursor);
      total += byte;
    }
  return total;
}

function literals(cursor: Cursor, count: number, out: Out): void {
  const end = cursor.at + count;
  if (end > cursor.bytes.length) throw new RangeError('lz4: literals beyond the end');
  room(out, count);
  out.bytes.set(cursor.bytes.subarray(cursor.at, end), out.at);
  out.at += count;
  cursor.at = end;
}

function match(distance: number, count: number, out: Out): void {
  if (distance === 0 || distance > out.at) throw new RangeError('lz4: a match from nowhere');
  room(out, count);
  const { bytes, at } = out;
  // Byte by byte: a match may overlap what it writes.
  for (let i = at; i < at + count; i++) bytes[i] = bytes[i - distance] as number;
  out.at += count;
}

function block(bytes: Uint8Array, out: Out): void {
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const token = next(cursor);
    literals(cursor, length(cursor, token >>> 4), out);
    // The last sequence of a block has literals only.
    if (cursor.at === bytes.length) return;
    const distance = next(cursor) + 256 * next(cursor);
    match(distance, LEAST_MATCH + length(cursor, token & FULL_NIBBLE), out);
  }
}

/** Where the blocks begin, and what stands between them. */
function header(view: DataView, at: number): { blocks: number; blockChecksum: number; contentChecksum: number } {
  if (view.getUint32(at, true) !== MAGIC) throw new RangeError('lz4: not a frame');
  const flags = view.getUint8(at + 4);
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const blocks = at + 7 + (has(8) ? 8 : 0) + (has(1) ? 4 : 0);
  return { blocks, blockChecksum: has(16) ? 4 : 0, contentChecksum: has(4) ? 4 : 0 };
}

/**
 * Checksums are not looked at: Kafka has its own.
 * @param most bytes that may come out
 * @throws RangeError on bytes that are not LZ4 frames, or that hold more
 */
export function unpackLz4(bytes: Uint8Array, most: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Out = { bytes: new Uint8Array(Math.min(4 * bytes.length, most)), at: 0, most };
  let at = 0;
  while (at < bytes.length) {
    const { blocks, blockChecksum, contentChecksum } = header(view, at);
    at = blocks;
    for (let word = view.getUint32(at, true); word !== 0; word = view.getUint32(at, true)) {
      const from = at + 4;
      const size = word % RAW_BLOCK;
      const content = bytes.subarray(from, from + size);
      if (word >= RAW_BLOCK) literals({ bytes: content, at: 0 }, size, out);
      else block(content, out);
      at = from + size + blockChecksum;
    }
    at += 4 + contentChecksum;
  }
  return out.bytes.subarray(0, out.at);
}
