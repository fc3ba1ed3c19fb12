/** Texts that come again and again, found by their bytes: the same name is decoded and checked once and then only compared. */
import { type Check, id, name } from '../../src/domain/check.ts';

/** Direct-mapped: a name that falls on another one's place takes it, so the memory is bounded whatever arrives. */
const PLACES = 1024;
const LONGEST_BYTES = 64;

/** Whether the bytes are printable ASCII, of which every sequence is valid as an id. */
export function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

/** FNV-1a, 32 bits. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0x811c9dc5;
  for (let i = from; i < to; i++) sum = Math.imul(sum ^ (bytes[i] as number), 0x01000193);
  return sum ^ (sum >>> 15);
}

export class Names {
  private readonly texts = new Array<string>(PLACES).fill('');
  private readonly kept = new Uint8Array(PLACES * LONGEST_BYTES);
  private readonly check: Check;

  /** @param rule what a text must be */
  constructor(rule: 'id' | 'name') {
    this.check = rule === 'id' ? id : name;
  }

  /** The text of these bytes, of which there are 1 to 63; null where it is not printable ASCII or breaks the rule. */
  at(bytes: Buffer, from: number, to: number): string | null {
    const place = hash(bytes, from, to) & (PLACES - 1);
    if (this.isAt(place, bytes, from, to)) return this.texts[place] as string;
    if (to > bytes.length || !isPlain(bytes, from, to)) return null;
    const text = bytes.toString('latin1', from, to);
    if (this.check(text) !== null) return null;
    this.texts[place] = text;
    this.kept.set(bytes.subarray(from, to), place * LONGEST_BYTES);
    return text;
  }

  private isAt(place: number, bytes: Buffer, from: number, to: number): boolean {
    if ((this.texts[place] as string).length !== to - from) return false;
    const shift = place * LONGEST_BYTES - from;
    for (let i = from; i < to; i++) if (bytes[i] !== this.kept[shift + i]) return false;
    return true;
  }
}
