/** Rows of cells as lines of text that fit a terminal. */
import Table from 'cli-table3';

export type Alignment = 'left' | 'right';

/** What a terminal shows: lines of so many columns, in colour or not. */
export type Look = { columns: number; colour: boolean };

const GAP = '  ';
/** A column of text is not wrapped to less than this. */
const LEAST_WIDTH = 12;

/** Only horizontal space: less ink, and it can be copied. */
const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
};

/** Width without the escape sequences of colours. */
export function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}

/** The line, or as much of it as fits, with colours switched off at the cut. */
export function cutTo(line: string, columns: number): string {
  if (visibleWidth(line) <= columns) return line;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  const pieces = line.match(/\u001b\[[0-9;]*m|./gu) ?? [];
  let [cut, width] = ['', 0];
  for (const piece of pieces) {
    if (piece.length > 2) cut += piece;
    else if (width < columns - 1) [cut, width] = [cut + piece, width + 1];
  }
  return `${cut}…`;
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(visibleWidth));
const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);

/** Takes from the widest column first, and from none more than to its floor, until all fit. */
function shrink(widths: readonly number[], floors: readonly number[], columns: number): number[] {
  const left = [...widths];
  for (;;) {
    const spare = left.map((width, i) => (width > (floors[i] ?? 0) ? width : 0));
    const most = Math.max(...spare);
    if (total(left) <= columns || most === 0) return left;
    left[spare.indexOf(most)] = most - 1;
  }
}

/**
 * How wide the columns must be for the table to fit, with every number and every word whole.
 * @returns none where nothing need be done, null where nothing can be
 */
function fittingWidths(head: string[], body: readonly string[][], aligns: readonly Alignment[], columns: number): number[] | null {
  const cells = head.map((_, i) => body.flatMap((row) => (row[i] ?? '').split('\n')));
  const natural = cells.map((texts, i) => widest([head[i] ?? '', ...texts]));
  if (total(natural) <= columns) return [];
  const words = (texts: readonly string[]): number => widest(texts.flatMap((text) => text.split(' ')));
  const floors = cells.map((texts, i) => {
    const heading = words([head[i] ?? '']);
    if (aligns[i] === 'right') return Math.max(heading, widest(texts));
    return Math.max(heading, words(texts), Math.min(natural[i] ?? 0, LEAST_WIDTH));
  });
  const widths = shrink(natural, floors, columns);
  return total(widths) <= columns ? widths : null;
}

function linesOf(rows: readonly string[][], colWidths: number[], colAligns: Alignment[]): string[] {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };
  const made = new Table({ chars: plain, colWidths, colAligns, wordWrap: true, style });
  made.push(...rows);
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** One row below the other, a line for each of its cells. */
function records(head: readonly string[], body: readonly string[][], columns: number): string {
  const width = widest(head);
  const widths = [width, Math.max(LEAST_WIDTH, columns - width - GAP.length)];
  const record = (row: readonly string[]): string[] =>
    linesOf(
      head.map((heading, i) => [heading, row[i] ?? '']),
      widths,
      ['left', 'left'],
    );
  return body.map((row) => record(row).join('\n')).join(`\n${'─'.repeat(columns)}\n`);
}

/**
 * A table with one rule below its heading. Where the terminal is too narrow, cells are wrapped; where that does not suffice, every row
 * becomes a record.
 * @param columns of the terminal
 */
export function table(head: string[], body: readonly string[][], aligns: Alignment[], columns: number): string {
  const widths = fittingWidths(head, body, aligns, columns);
  if (widths === null) return records(head, body, columns);
  const lines = linesOf([head, ...body], widths, aligns);
  const below = linesOf([head], widths, aligns).length;
  return [...lines.slice(0, below), '─'.repeat(widest(lines)), ...lines.slice(below)].join('\n');
}
