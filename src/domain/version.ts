/**
 * The version of a stored event: of two rows with one identity the greater holds.
 * A higher revision beats all; within one revision the first delivery wins, so time, offset, partition and topic stand in it inverted.
 *
 *     bits 127..96  revision                  a sum over a day of rows must fit 128 bits: 2^32 rows of revision 0, fewer of higher ones
 *     bits  95..54  42 bits of inverted record timestamp, milliseconds (to the year 2109)
 *     bits  53..18  36 bits of inverted offset; it decides within one millisecond only, so its low bits suffice
 *     bits  17..4   14 bits of inverted partition
 *     bits   3..0    4 bits of inverted kind, because one id may come on two topics
 */
import { type EventKind, eventKinds } from './event.ts';

const TIMESTAMP_LIMIT = 2 ** 42 - 1;
const OFFSET_MODULUS = 2 ** 36;
const LOW_OFFSET = 2 ** 14;

/** Place of each kind in its four bits. Kinds are only ever appended to the list. */
const kindIndex = Object.fromEntries(eventKinds.map((kind, index) => [kind, index])) as Record<EventKind, number>;

/** What decides which of two rows holds. `timestamp` is the record's own, milliseconds since 1970. */
export type Delivery = { revision: number; timestamp: number; offset: number; partition: number; kind: EventKind };

/**
 * Writes the version as the four 32-bit words of a little-endian UInt128: no big integers, since this runs for every event.
 * @param words must have room for four at `at`
 */
export function writeVersion(words: Uint32Array, at: number, delivery: Delivery): void {
  const timestamp = TIMESTAMP_LIMIT - Math.min(TIMESTAMP_LIMIT, Math.max(0, delivery.timestamp));
  const offset = OFFSET_MODULUS - 1 - (delivery.offset % OFFSET_MODULUS);
  const lowOffset = offset % LOW_OFFSET;
  const lowTimestamp = timestamp % 1024;
  const place = ((0x3fff - (delivery.partition & 0x3fff)) << 4) | (15 - kindIndex[delivery.kind]);
  words[at] = lowOffset * 0x40000 + place;
  words[at + 1] = lowTimestamp * 0x400000 + (offset - lowOffset) / LOW_OFFSET;
  words[at + 2] = (timestamp - lowTimestamp) / 1024;
  words[at + 3] = delivery.revision;
}
