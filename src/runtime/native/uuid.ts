/** UUIDs from their text. */
import { FixedColumn } from './fixed.ts';

export const UUID_CHARACTERS = 36;
const HYPHEN = 0x2d;
const NOT_HEX = 0xff;

/** Value of each hexadecimal digit by its character code. */
const nibble = new Uint8Array(256).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) {
  nibble[digit.toString(16).charCodeAt(0)] = digit;
  nibble[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Where the 32 digits stand in the text, by pairs, in the order of ClickHouse's bytes: two little-endian halves. */
const pairs = new Uint8Array([16, 14, 11, 9, 6, 4, 2, 0, 34, 32, 30, 28, 26, 24, 21, 19]);

/** ClickHouse's UUID: 16 bytes. */
export class UuidColumn extends FixedColumn<Uint8Array> {
  constructor() {
    super('UUID', new Uint8Array(65_536), 16);
  }

  /** The text must be a valid UUID, hyphens included. */
  add(text: string): void {
    const start = this.next();
    for (let i = 0; i < 16; i++) {
      const at = pairs[i] as number;
      this.items[start + i] = ((nibble[text.charCodeAt(at)] as number) << 4) | (nibble[text.charCodeAt(at + 1)] as number);
    }
  }

  /** The same from the text's bytes at `from`. @returns false, and adds nothing, where they are not a UUID */
  copy(source: Uint8Array, from: number): boolean {
    if (source[from + 8] !== HYPHEN || source[from + 13] !== HYPHEN || source[from + 18] !== HYPHEN || source[from + 23] !== HYPHEN)
      return false;
    const start = this.next();
    let wrong = 0;
    for (let i = 0; i < 16; i++) {
      const at = from + (pairs[i] as number);
      const high = nibble[source[at] as number] as number;
      const low = nibble[source[at + 1] as number] as number;
      wrong |= high | low;
      this.items[start + i] = (high << 4) | low;
    }
    if (wrong < 16) return true;
    this.at = start;
    return false;
  }
}
