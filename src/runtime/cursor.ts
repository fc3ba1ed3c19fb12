/**
 * Walks over records as Kafka keeps them (record batch format 2), without making anything for a record: whoever is at one reads its bytes
 * in place. Format: https://kafka.apache.org/documentation/#record
 */
import type { InRecord, RecordRun } from './records.ts';

const ABSENT = -1;

type Headers = NonNullable<InRecord['headers']>;

export class RecordCursor {
  /** The bytes that the positions below are about. */
  bytes: Buffer = Buffer.alloc(0);
  offset = -1;
  /** Milliseconds since 1970. */
  timestamp = 0;
  /** -1 where there is no key, or no value. */
  keyStart = ABSENT;
  keyEnd = ABSENT;
  valueStart = ABSENT;
  valueEnd = ABSENT;
  private readonly runs: readonly RecordRun[];
  private readonly from: number;
  private nextRun = 0;
  private left = 0;
  private run: RecordRun | null = null;
  private at = 0;
  private end = 0;
  private headersAt = 0;

  /** @param from records before this offset are passed over */
  constructor(runs: readonly RecordRun[], from: number) {
    this.runs = runs;
    this.from = from;
  }

  /**
   * Steps to the next record.
   * @returns false when there is none
   * @throws RangeError when the bytes are not what the format says
   */
  next(): boolean {
    do {
      while (this.left === 0) if (!this.openRun()) return false;
      this.read(this.run as RecordRun);
    } while (this.offset < this.from);
    return true;
  }

  private openRun(): boolean {
    const run = this.runs[this.nextRun++];
    if (run === undefined) return false;
    [this.run, this.bytes, this.left, this.at] = [run, run.bytes, run.count, 0];
    return true;
  }

  private read(run: RecordRun): void {
    this.left -= 1;
    const length = this.varint();
    this.end = this.at + length;
    if (length < 0 || this.end > this.bytes.length) throw new RangeError(`a record of ${length} bytes after offset ${this.offset}`);
    this.at += 1;
    const sinceBase = this.varint();
    this.timestamp = run.broker ? run.baseTimestamp : run.baseTimestamp + sinceBase;
    this.offset = run.baseOffset + this.varint();
    const key = this.varint();
    this.keyStart = key < 0 ? ABSENT : this.at;
    if (key > 0) this.at += key;
    this.keyEnd = key < 0 ? ABSENT : this.at;
    const value = this.varint();
    this.valueStart = value < 0 ? ABSENT : this.at;
    if (value > 0) this.at += value;
    this.valueEnd = value < 0 ? ABSENT : this.at;
    if (this.at > this.end) throw new RangeError(`the record at offset ${this.offset} ends before its value`);
    this.headersAt = this.at;
    this.at = this.end;
  }

  /** Zigzag, of up to ten bytes. Short ones, which nearly all are, take no multiplication. */
  private varint(): number {
    const { bytes } = this;
    const first = bytes[this.at++] as number;
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let [value, factor] = [first & 0x7f, 128];
    for (;;) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw new RangeError(`the bytes end after offset ${this.offset}`);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
  }

  /** The value in place; it is valid for as long as the run. */
  value(): Buffer | null {
    return this.valueStart < 0 ? null : this.bytes.subarray(this.valueStart, this.valueEnd);
  }

  /** The record as one object, whose key and value share the run's memory. */
  record(): InRecord {
    const key = this.keyStart < 0 ? null : this.bytes.subarray(this.keyStart, this.keyEnd);
    return { key, value: this.value(), timestamp: String(this.timestamp), offset: String(this.offset), headers: this.headers() };
  }

  private headers(): Headers {
    const resume = this.at;
    this.at = this.headersAt;
    // Names are the sender's: one may be __proto__.
    const headers: Headers = Object.create(null);
    for (let count = this.varint(); count > 0; count--) {
      const name = this.sized()?.toString() ?? '';
      const value = this.sized() ?? Buffer.alloc(0);
      const known = headers[name];
      headers[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
    }
    this.at = resume;
    return headers;
  }

  private sized(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** All records from offset `from` on as objects, one after the other: for stages that see few. */
export function* eachRecord({ runs, from }: Runs): Generator<InRecord> {
  const cursor = new RecordCursor(runs, from);
  while (cursor.next()) yield cursor.record();
}

type Runs = { runs: readonly RecordRun[]; from: number };

/** All records at once. */
export const recordsOf = (batch: Runs): InRecord[] => [...eachRecord(batch)];

/** How many records there may be: those before `from` are counted too. */
export const countOf = ({ runs }: Runs): number => runs.reduce((sum, { count }) => sum + count, 0);

/** The offset after the last record of a batch. */
export const nextOffset = ({ runs, from }: Runs): number => (runs.at(-1)?.lastOffset ?? from - 1) + 1;

/** The record at `offset`, if it is there. */
export function recordAt(runs: readonly RecordRun[], offset: number): InRecord | null {
  const run = runs.find(({ baseOffset, lastOffset }) => baseOffset <= offset && offset <= lastOffset);
  const cursor = new RecordCursor(run ? [run] : [], offset);
  return cursor.next() && cursor.offset === offset ? cursor.record() : null;
}
