/**
 * Columns of numbers, each in one growing array: no object is made for a value. They stand as this machine has them, which is little-endian,
 * as Native wants.
 */
import type { Column } from './column.ts';

const FIRST_ITEMS = 4096;

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** The same numbers in half as much room again, or as much as `wanted` asks for. */
function grown<A extends Numbers>(array: A, wanted: number): A {
  const make = array.constructor as new (length: number) => A;
  const larger = new make(Math.max(Math.ceil(1.5 * array.length), wanted));
  larger.set(array);
  return larger;
}

const bytesOf = ({ buffer, byteOffset }: Numbers, from: number, to: number): Buffer =>
  Buffer.from(buffer, byteOffset + from, to - from) as Buffer;

/** Numbers of one, two or four bytes, or of several 32-bit words; how many items make a row is `width`. */
export class FixedColumn<A extends Numbers> implements Column {
  readonly type: string;
  readonly width: number;
  items: A;
  at = 0;

  constructor(type: string, items: A, width = 1) {
    this.type = type;
    this.items = items;
    this.width = width;
  }

  get rows(): number {
    return this.at / this.width;
  }

  /** Makes room for one more row; returns where it begins. */
  next(): number {
    const { at } = this;
    this.at = at + this.width;
    if (this.at > this.items.length) this.items = grown(this.items, this.at);
    return at;
  }

  prefix(): Buffer[] {
    return [];
  }

  chunks(from: number, to: number): Buffer[] {
    const size = this.width * this.items.BYTES_PER_ELEMENT;
    return [bytesOf(this.items, from * size, to * size)];
  }

  truncate(rows: number): void {
    this.at = rows * this.width;
  }
}

/** Whole numbers of 8 bits. */
export class Uint8Column extends FixedColumn<Uint8Array> {
  constructor(type: string) {
    super(type, new Uint8Array(FIRST_ITEMS));
  }
  add(value: number): void {
    const at = this.next();
    this.items[at] = value;
  }
}

/** Whole numbers of 16 bits. */
export class Uint16Column extends FixedColumn<Uint16Array> {
  constructor(type: string) {
    super(type, new Uint16Array(FIRST_ITEMS));
  }
  add(value: number): void {
    const at = this.next();
    this.items[at] = value;
  }
}

/** Whole numbers of 32 bits. */
export class Uint32Column extends FixedColumn<Uint32Array> {
  constructor(type: string) {
    super(type, new Uint32Array(FIRST_ITEMS));
  }
  add(value: number): void {
    const at = this.next();
    this.items[at] = value;
  }
  /** @returns the number in a row */
  get(row: number): number {
    return this.items[row] as number;
  }
}

/** Whole numbers of 64 bits and either sign, as exact as a double holds them. */
export class Int64Column extends FixedColumn<Uint32Array> {
  constructor(type: string) {
    super(type, new Uint32Array(2 * FIRST_ITEMS), 2);
  }
  add(value: number): void {
    const at = this.next();
    const low = value >>> 0;
    // Not value % 2^32: the remainder of a double is slow, and >>> 0 is the same modulo 2^32 for numbers of either sign below 2^53.
    this.items[at] = low;
    this.items[at + 1] = (value - low) / 0x1_0000_0000;
  }
  /** @returns the number in a row, which must not be negative */
  get(row: number): number {
    return (this.items[2 * row] as number) + (this.items[2 * row + 1] as number) * 0x1_0000_0000;
  }
}

/** Values of 128 bits, given as four words by whoever adds them. */
export class Words128Column extends FixedColumn<Uint32Array> {
  constructor(type: string) {
    super(type, new Uint32Array(4 * FIRST_ITEMS), 4);
  }
}

/** Doubles. */
export class Float64Column extends FixedColumn<Float64Array> {
  constructor(type: string) {
    super(type, new Float64Array(FIRST_ITEMS));
  }
  add(value: number): void {
    const at = this.next();
    this.items[at] = value;
  }
}
