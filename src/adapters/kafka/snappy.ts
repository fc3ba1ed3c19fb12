/** Snappy as senders to Kafka write it: one block, or the framing of Java's clients around several. */
import { snappyUncompressor } from 'hysnappy';

/** Java's clients cut the bytes into blocks and put this in front, with two version numbers of four bytes each. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

/** One for the process: its memory grows to the largest block, and is no more than a batch may take. */
const unpackBlock = snappyUncompressor();

/** What a block says that it unpacks to, in seven bits a byte, the least first. The library trusts it, so it is held against the limit. */
function announced(block: Buffer): number {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at] ?? 0;
    value += (byte & 0x7f) * 128 ** at;
    if (byte < 0x80) return value;
  }
  throw new RangeError('snappy: a length that never ends');
}

function* blocksOf(packed: Buffer): Generator<Buffer> {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return yield packed;
  for (let at = XERIAL_HEADER_BYTES; at < packed.length; ) {
    const from = at + 4;
    at = from + packed.readUInt32BE(at);
    yield packed.subarray(from, at);
  }
}

/**
 * @param most bytes that may come out
 * @throws RangeError when it is more, Error on bytes that are not Snappy
 */
export function unpackSnappy(packed: Buffer, most: number): Buffer {
  const unpacked: Uint8Array[] = [];
  let total = 0;
  for (const block of blocksOf(packed)) {
    const length = announced(block);
    total += length;
    if (total > most) throw new RangeError(`more than ${most} bytes`);
    unpacked.push(unpackBlock(block, length));
  }
  return Buffer.concat(unpacked);
}
