/** From an id to a bucket, the way GrowthBook's hash version 2 does it: FNV-1a of the seed and the id, and FNV-1a of that as decimal text. */

export const BUCKETS = 10_000;

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const ZERO = 48;
const SMALLEST_OF_TEN_DIGITS = 1_000_000_000;

/**
 * FNV-1a, 32 bits, over UTF-16 code units (not bytes: for ids in ASCII it is the same).
 * @param state where to go on from; the hash of a prefix continues to the hash of the whole
 */
export function fnv1a32(text: string, state = OFFSET_BASIS): number {
  let hash = state;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash >>> 0;
}

const fed = (hash: number, digit: number): number => Math.imul(hash ^ (ZERO + digit), PRIME);

/** Feeds five digits. Division of small whole numbers by constants is what makes this quick. */
function fedFive(hash: number, five: number): number {
  const leading = fed(fed(hash, (five / 10_000) | 0), ((five / 1000) | 0) % 10);
  return fed(fed(fed(leading, ((five / 100) | 0) % 10), ((five / 10) | 0) % 10), five % 10);
}

/** `fnv1a32(String(n))` of a whole number below 2^32; three out of four have ten digits, and for these no text is made. */
function fnv1a32OfDecimal(n: number): number {
  if (n < SMALLEST_OF_TEN_DIGITS) return fnv1a32(String(n));
  const high = (n / 100_000) | 0;
  return fedFive(fedFive(OFFSET_BASIS, high), n - high * 100_000) >>> 0;
}

/** @returns for one seed: id -> 0 to 9,999. The seed is hashed once. */
export function bucketer(seed: string): (id: string) => number {
  const prefix = fnv1a32(seed);
  return (id) => fnv1a32OfDecimal(fnv1a32(id, prefix)) % BUCKETS;
}
