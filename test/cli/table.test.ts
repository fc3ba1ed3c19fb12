import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTo, table, visibleWidth } from '../../src/cli/table.ts';

const head = ['flag', 'limits', 'users'];
const body = [
  ['ai_coaching', 'errors 5 %, 2000 ms', '1,024'],
  ['\u001b[33mlead_answers\u001b[39m', '', '7'],
];
const linesAt = (columns: number): string[] => table(head, body, ['left', 'left', 'right'], columns).split('\n');

describe('a table', () => {
  it('stays as it is where there is room', () => {
    const lines = ['flag          limits               users', '─'.repeat(40), 'ai_coaching   errors 5 %, 2000 ms  1,024'];
    expect(linesAt(40).slice(0, 3)).toEqual(lines);
    expect(linesAt(Number.POSITIVE_INFINITY).slice(0, 3)).toEqual(lines);
  });

  it('wraps its cells between words on a narrow terminal', () => {
    expect(linesAt(36).slice(0, 4)).toEqual([
      'flag          limits       users',
      '─'.repeat(32),
      'ai_coaching   errors 5 %,  1,024',
      '              2000 ms',
    ]);
  });

  it('wraps names and addresses where they have joints, and no number or date', () => {
    const cells = [['ml_inference_latency_ms', 'http://127.0.0.1:8000/docs', '2026-01-11']];
    expect(table(['metric', 'url', 'day'], cells, ['left', 'left', 'left'], 50).split('\n').slice(2)).toEqual([
      'ml_inference_  http://127.0.0.1:8000/  2026-01-11',
      'latency_ms     docs',
    ]);
  });

  it('becomes one record below the other before a word or a number is broken', () => {
    expect(linesAt(26)).toEqual([
      'flag    ai_coaching',
      'limits  errors 5 %, 2000',
      '        ms',
      'users   1,024',
      '─'.repeat(26),
      'flag    \u001b[33mlead_answers\u001b[39m',
      'limits',
      'users   7',
    ]);
  });

  it('never has a line that is longer than the terminal is wide', () => {
    const cell = fc.array(fc.stringMatching(/^[a-z0-9,%]{1,14}$/), { maxLength: 5 }).map((words) => words.join(' '));
    const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 24, max: 120 }), (cells, columns) => {
        const lines = table(head, cells, ['left', 'right', 'left'], columns).split('\n');
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('a line', () => {
  it('is cut by what is seen of it, and loses its colour at the cut', () => {
    expect(cutTo('\u001b[31mabcdef\u001b[39m', 4)).toBe('\u001b[31mabc\u001b[39m…');
    expect(visibleWidth('\u001b[31mabcdef\u001b[39m')).toBe(6);
    expect(cutTo('abc', 3)).toBe('abc');
  });
});
