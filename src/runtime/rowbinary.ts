/** Writes rows in ClickHouse's RowBinary straight into one growing buffer: no object, string or array is made for a row. */

const FIRST_BYTES = 1 << 20;
/** Value of each hexadecimal digit by its character code. */
const nibble = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) {
  nibble[digit.toString(16).charCodeAt(0)] = digit;
  nibble[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
/** Where the 32 digits of a UUID stand in its text, in the order of ClickHouse's bytes: two little-endian halves. */
const uuidDigits = [16, 14, 11, 9, 6, 4, 2, 0, 34, 32, 30, 28, 26, 24, 21, 19];

export type RowWriter = ReturnType<typeof createRowWriter>;

/** A writer that is emptied by `reset` and keeps its memory. `position` is the number of bytes written. */
export function createRowWriter(firstBytes = FIRST_BYTES) {
  let bytes = Buffer.allocUnsafeSlow(firstBytes);
  let view = new DataView(bytes.buffer);
  let at = 0;

  const room = (wanted: number): void => {
    if (at + wanted <= bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, at + wanted));
    bytes.copy(grown, 0, 0, at);
    bytes = grown;
    view = new DataView(bytes.buffer);
  };

  const varint = (value: number): void => {
    let rest = value;
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    bytes[at++] = rest;
  };

  /** Short ASCII text is copied here, faster than a native call; anything else starts over with the encoder. */
  const asciiFrom = (text: string, start: number): boolean => {
    const { length } = text;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[start + i] = code;
    }
    return true;
  };

  return {
    get position(): number {
      return at;
    },
    /** Forgets all that was written after `to`. */
    reset(to = 0): void {
      at = to;
    },
    /** The bytes from `from` to `to`; they stay valid until the next write or reset. */
    slice: (from: number, to: number): Buffer => bytes.subarray(from, to),
    count: (items: number): void => {
      room(5);
      varint(items);
    },
    string(text: string): void {
      const { length } = text;
      room(3 * length + 5);
      if (length < 0x80 && asciiFrom(text, at + 1)) {
        bytes[at] = length;
        at += length + 1;
        return;
      }
      const encoded = Buffer.byteLength(text);
      varint(encoded);
      at += bytes.write(text, at, 'utf8');
    },
    uint8(value: number): void {
      room(1);
      bytes[at++] = value;
    },
    uint16(value: number): void {
      room(2);
      view.setUint16(at, value, true);
      at += 2;
    },
    uint32(value: number): void {
      room(4);
      view.setUint32(at, value, true);
      at += 4;
    },
    /** A whole number of either sign up to 64 bits, as exact as a double holds it. */
    int64(value: number): void {
      room(8);
      const low = value % 0x1_0000_0000;
      const unsignedLow = low < 0 ? low + 0x1_0000_0000 : low;
      view.setUint32(at, unsignedLow, true);
      view.setInt32(at + 4, (value - unsignedLow) / 0x1_0000_0000, true);
      at += 8;
    },
    float64(value: number): void {
      room(8);
      view.setFloat64(at, value, true);
      at += 8;
    },
    /** The text must be a valid UUID, hyphens included. */
    uuid(text: string): void {
      room(16);
      for (const digits of uuidDigits) {
        bytes[at++] = ((nibble[text.charCodeAt(digits)] as number) << 4) | (nibble[text.charCodeAt(digits + 1)] as number);
      }
    },
    /** Lets `write` fill `size` bytes itself. */
    raw(size: number, write: (view: DataView, at: number) => void): void {
      room(size);
      write(view, at);
      at += size;
    },
  };
}
