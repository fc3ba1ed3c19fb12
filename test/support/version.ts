import { type Delivery, writeVersion } from '../../src/domain/version.ts';

/** The version of a delivery as one number, which models can compare. */
export function versionOf(delivery: Delivery): bigint {
  const words = new Uint32Array(4);
  writeVersion(words, 0, delivery);
  return words.reduceRight((high, word) => (high << 32n) | BigInt(word), 0n);
}
