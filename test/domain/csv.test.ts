import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCsv } from '../../src/domain/csv.ts';

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

it('reads back whatever was written with quotes', () => {
  const cell = fc.string().map((text) => text.replaceAll('\r\n', '\n').replace(/^\uFEFF/, ''));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { maxLength: 6 }), (rows) => {
      const text = rows.map((row) => row.map(quoted).join(',')).join('\n');
      expect(parseCsv(text).map(({ cells }) => cells)).toEqual(rows);
    }),
  );
});

it('counts lines through blank lines and quoted line breaks', () => {
  expect(parseCsv('a,b\r\n\r\n"x\ny",2\r\nlast,3')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 3, cells: ['x\ny', '2'] },
    { line: 5, cells: ['last', '3'] },
  ]);
});
