/** Text in one growing buffer. */
import type { Column } from './column.ts';

const FIRST_BYTES = 65_536;

/** Text: the length as a varint, then UTF-8. */
export class TextColumn implements Column {
  readonly type = 'String';
  rows = 0;
  private bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private at = 0;

  private room(wanted: number): void {
    if (this.at + wanted <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(Math.ceil(1.5 * this.bytes.length), this.at + wanted));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  private length(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at++] = rest;
  }

  add(text: string): void {
    this.room(3 * text.length + 5);
    this.length(Buffer.byteLength(text));
    this.at += this.bytes.write(text, this.at, 'utf8');
    this.rows += 1;
  }

  /** Adds text that is UTF-8 already: the bytes from `from` to `to`. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.room(to - from + 5);
    this.length(to - from);
    const { bytes } = this;
    let { at } = this;
    for (let i = from; i < to; i++) bytes[at++] = source[i] as number;
    this.at = at;
    this.rows += 1;
  }

  /** Where a row begins: found by a walk, since it is seldom asked for. */
  private startOf(row: number): number {
    if (row === this.rows) return this.at;
    let at = 0;
    for (let passed = 0; passed < row; passed++) {
      let [length, factor] = [0, 1];
      for (; (this.bytes[at] as number) >= 0x80; factor *= 128) length += ((this.bytes[at++] as number) & 0x7f) * factor;
      length += (this.bytes[at++] as number) * factor;
      at += length;
    }
    return at;
  }

  prefix(): Buffer[] {
    return [];
  }

  chunks(from: number, to: number): Buffer[] {
    return [this.bytes.subarray(this.startOf(from), this.startOf(to))];
  }

  truncate(rows: number): void {
    this.at = this.startOf(rows);
    this.rows = rows;
  }
}
