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

/** Where a text may be broken: after a space, and inside names and addresses after `_`, `/` and the hyphens between letters. */
const piecesOf = (text: string): string[] => text.split(/(?<=[ _]|\w\/)|(?<=[a-z]-)(?=[a-z])/);
const trimmedWidth = (text: string): number => visibleWidth(text.trimEnd());

function wrapLine(line: string, width: number): string {
  const lines = [''];
  for (const piece of piecesOf(line)) {
    const longer = lines.at(-1) + piece;
    if (longer === piece || trimmedWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines.map((one) => one.trimEnd()).join('\n');
}

const wrap = (text: string, width: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');

/** How wide each column is when the table fits; null when that would break a word or a number. */
function fittingWidths(head: string[], body: readonly string[][], aligns: readonly Alignment[], columns: number): number[] | null {
  const cells = head.map((heading, i) => [heading, ...body.flatMap((row) => (row[i] ?? '').split('\n'))]);
  const natural = cells.map(widest);
  const floors = cells.map(([heading = '', ...texts], i) => {
    const number = aligns[i] === 'right';
    const pieces = [heading, ...(number ? [] : texts)].flatMap(piecesOf);
    return Math.max(...pieces.map(trimmedWidth), number ? widest(texts) : Math.min(natural[i] ?? 0, LEAST_WIDTH));
  });
  const widths = shrink(natural, floors, columns);
  return total(widths) <= columns ? widths : null;
}

function linesOf(rows: readonly string[][], colAligns: Alignment[]): string[] {
  const made = new Table({ chars: plain, colAligns, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } });
  made.push(...rows);
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** One row below the other, a line for each of its cells. */
function records(head: string[], body: readonly string[][], columns: number): string {
  const width = Math.max(LEAST_WIDTH, columns - widest(head) - GAP.length);
  const record = (row: readonly string[]): string[] =>
    linesOf(
      head.map((heading, i) => [heading, wrap(row[i] ?? '', width)]),
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
  const wrapped = [head, ...body].map((row) => row.map((cell, i) => wrap(cell, widths[i] ?? 0)));
  const below = Math.max(...(wrapped[0] ?? []).map((heading) => heading.split('\n').length));
  const lines = linesOf(wrapped, aligns);
  return [...lines.slice(0, below), '─'.repeat(widest(lines)), ...lines.slice(below)].join('\n');
}
