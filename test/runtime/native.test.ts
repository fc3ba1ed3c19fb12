import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../src/runtime/native/column.ts';
import { Float64Column, Int64Column, Uint8Column, Uint16Column, Uint32Column } from '../../src/runtime/native/fixed.ts';
import { ListColumn } from '../../src/runtime/native/list.ts';
import { NameColumn } from '../../src/runtime/native/name.ts';
import { TextColumn } from '../../src/runtime/native/text.ts';
import { UuidColumn } from '../../src/runtime/native/uuid.ts';

const all = (column: Column): Buffer => Buffer.concat(column.chunks(0, column.rows));

/** Length as LEB128, then UTF-8: ClickHouse's String. */
function expectedText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 30 });

describe('columns of the Native format', () => {
  it('hold text of any alphabet and length, given as text or as bytes, and cut it between rows', () => {
    fc.assert(
      fc.property(texts, fc.nat(30), (list, cut) => {
        const [asText, asBytes] = [new TextColumn(), new TextColumn()];
        for (const text of list) {
          asText.add(text);
          const bytes = Buffer.from(`>${text}<`);
          asBytes.copy(bytes, 1, bytes.length - 1);
        }
        expect(all(asText)).toEqual(Buffer.concat(list.map(expectedText)));
        expect(all(asBytes)).toEqual(all(asText));
        const from = Math.min(cut, list.length);
        expect(Buffer.concat(asText.chunks(from, list.length))).toEqual(Buffer.concat(list.slice(from).map(expectedText)));
        asText.truncate(from);
        expect(all(asText)).toEqual(Buffer.concat(list.slice(0, from).map(expectedText)));
      }),
    );
    const long = new TextColumn();
    long.add('é'.repeat(100_000));
    expect(all(long)).toEqual(expectedText('é'.repeat(100_000)));
  });

  it('hold whole numbers of 64 bits of either sign, and any number of them', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 50 }), (values) => {
        const column = new Int64Column('Int64');
        for (const value of [...values, -1e18]) column.add(value);
        const bytes = all(column);
        expect([...values, -1e18].map((_, row) => bytes.readBigInt64LE(8 * row))).toEqual([...values, -1e18].map(BigInt));
      }),
    );
    const column = new Uint32Column('UInt32');
    for (let n = 0; n < 100_000; n++) column.add(n);
    expect(column.get(99_999)).toBe(99_999);
    expect(column.chunks(99_998, 100_000)[0]?.readUInt32LE(4)).toBe(99_999);
  });

  it('hold small numbers and doubles', () => {
    const [small, medium, double] = [new Uint8Column('UInt8'), new Uint16Column('UInt16'), new Float64Column('Float64')];
    small.add(7);
    medium.add(0x0102);
    double.add(0.25);
    expect([small, medium, double].map((column) => all(column).toString('hex'))).toEqual(['07', '0201', '000000000000d03f']);
  });

  it('hold a UUID as two little-endian halves, and refuse bytes that are none', () => {
    const uuid = '00112233-4455-6677-8899-aAbBcCdDeEfF';
    const column = new UuidColumn();
    column.add(uuid);
    expect(column.copy(Buffer.from(`..${uuid}`), 2)).toBe(true);
    for (const wrong of ['0011223g-4455-6677-8899-aabbccddeeff', '00112233_4455-6677-8899-aabbccddeeff', '00112233'])
      expect(column.copy(Buffer.from(wrong), 0)).toBe(false);
    expect(all(column).toString('hex')).toBe('7766554433221100ffeeddccbbaa9988'.repeat(2));
  });

  it('hold each name once, and its place for each row', () => {
    const column = new NameColumn();
    for (const name of ['a', 'b', 'a', 'a']) column.add(name);
    const [kind, keys, names, rows, places] = column.chunks(1, 4);
    expect([kind, keys, rows].map((bytes) => bytes?.readBigUInt64LE())).toEqual([0x602n, 2n, 3n]);
    expect([names?.toString('hex'), places?.toString('hex')]).toEqual(['01610162', '010000000000000000000000']);
    expect([0, 1, 2].map((row) => column.get(row))).toEqual(['a', 'b', 'a']);
    column.truncate(0);
    column.add('c');
    expect(column.get(0)).toBe('c');
  });

  it('say the same of lists that share their ends as of lists that have their own, also of a part and after some were forgotten', () => {
    const make = (shared: boolean) => {
      const [left, right] = [new Uint8Column('UInt8'), new Uint8Column('UInt8')];
      const first = new ListColumn('Array(UInt8)', [left]);
      const second = new ListColumn('Array(UInt8)', [right], ...(shared ? [first] : []));
      const add = (...values: number[]): void => {
        for (const value of values) left.add(value);
        for (const value of values) right.add(value + 100);
        first.close();
        if (!shared) second.close();
      };
      add(1, 2);
      add();
      add(3);
      left.add(9);
      for (const list of [first, second]) list.truncate(2);
      add(4, 5);
      return [first, second].flatMap((list) =>
        [list.chunks(0, 3), list.chunks(1, 3)].map((chunks) => Buffer.concat(chunks).toString('hex')),
      );
    };
    expect(make(true)).toEqual(make(false));
    expect(new Set(make(true)).size).toBe(4);
  });

  it('count the end of a list from the first row of the block, and drop what was not closed', () => {
    const items = new Uint8Column('UInt8');
    const lists = new ListColumn('Array(UInt8)', [items]);
    for (const list of [[1, 2], [], [3]]) {
      for (const item of list) items.add(item);
      lists.close();
    }
    items.add(9);
    lists.truncate(3);
    expect(lists.chunks(1, 3).map((bytes) => bytes.toString('hex'))).toEqual(['00000000000000000100000000000000', '03']);
    lists.truncate(1);
    expect(Buffer.concat(lists.chunks(0, 1)).toString('hex')).toBe('02000000000000000102');
  });
});
