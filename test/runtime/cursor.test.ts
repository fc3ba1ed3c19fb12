import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextOffset, RecordCursor, recordAt, recordsOf } from '../../src/runtime/cursor.ts';
import type { InRecord } from '../../src/runtime/records.ts';
import { runOf } from '../support/runs.ts';

const buffer = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const record = fc.record({
  key: fc.option(buffer),
  value: fc.option(buffer),
  timestamp: fc.integer({ min: 0, max: 4e12 }).map(String),
  gap: fc.integer({ min: 1, max: 1000 }),
  headers: fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(buffer, fc.array(buffer, { minLength: 2, maxLength: 3 })), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
});

/** Offsets grow, with gaps as compaction leaves them. */
const records = fc.tuple(fc.integer({ min: 0, max: 2 ** 50 }), fc.array(record, { minLength: 1, maxLength: 20 })).map(([first, list]) => {
  let offset = first;
  return list.map(({ gap, ...rest }): InRecord => {
    offset += gap;
    return { ...rest, offset: String(offset) };
  });
});

describe('the record cursor', () => {
  it('finds in the bytes what was put there, over several runs', () => {
    fc.assert(
      fc.property(records, fc.nat(20), (list, cut) => {
        const runs = [list.slice(0, cut), list.slice(cut)].filter(({ length }) => length > 0).map((part) => runOf(part));
        expect(recordsOf({ runs, from: 0 })).toEqual(list);
        expect(nextOffset({ runs, from: 0 })).toBe(Number(list.at(-1)?.offset) + 1);
      }),
    );
  });

  it('passes over what comes before the offset that was asked for, and finds a single record', () => {
    fc.assert(
      fc.property(records, fc.nat(19), (list, index) => {
        const wanted = list[index % list.length] as InRecord;
        const runs = [runOf(list)];
        expect(recordsOf({ runs, from: Number(wanted.offset) })).toEqual(list.slice(index % list.length));
        expect(recordAt(runs, Number(wanted.offset))).toEqual(wanted);
        expect(recordAt(runs, Number(list.at(-1)?.offset) + 1)).toBeNull();
      }),
    );
  });

  it("takes the broker's time for every record where the broker sets it", () => {
    const list = [0, 1].map((at): InRecord => ({ key: null, value: null, timestamp: String(1000 + at), offset: String(at), headers: {} }));
    expect(recordsOf({ runs: [runOf(list, true)], from: 0 }).map(({ timestamp }) => timestamp)).toEqual(['1000', '1000']);
  });

  it('throws, and does not run away, on bytes that are cut off or lie about lengths', () => {
    const whole = runOf([{ key: null, value: Buffer.alloc(100), timestamp: '1', offset: '1' }]);
    const walk = (bytes: Buffer): void => {
      const cursor = new RecordCursor([{ ...whole, bytes }], 0);
      while (cursor.next());
    };
    for (let length = 0; length < whole.bytes.length; length++) expect(() => walk(whole.bytes.subarray(0, length))).toThrow(RangeError);
    expect(() => walk(Buffer.alloc(50, 0xff))).toThrow(RangeError);
  });
});
