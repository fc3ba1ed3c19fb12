/** MurmurHash3, x86, 32 bits, seed 0, over UTF-8: the hash of flagd's `fractional`. Published by Austin Appleby, in the public domain. */

const [C1, C2] = [0xcc9e2d51, 0x1b873593];
const BLOCK_BYTES = 4;

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const mixed = (block: number): number => Math.imul(rotated(Math.imul(block, C1), 15), C2);

/** Every bit of the input changes about half of the output. */
function avalanche(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** @returns a whole number below 2^32 */
export function murmur3(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tailAt = bytes.length - (bytes.length % BLOCK_BYTES);
  let hash = 0;
  for (let at = 0; at < tailAt; at += BLOCK_BYTES)
    hash = (Math.imul(rotated(hash ^ mixed(view.getUint32(at, true)), 13), 5) + 0xe6546b64) | 0;
  let tail = 0;
  for (let at = bytes.length - 1; at >= tailAt; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  return avalanche(hash ^ mixed(tail) ^ bytes.length);
}
