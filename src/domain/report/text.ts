/** A page as plain text (for mail and terminals) and as Markdown. */
import type { Bar, Block, Cell, Heading, Page } from './page.ts';

const WIDTH = 78;
const BAR_WIDTH = 24;

const padded = (text: string, width: number, align: Heading['align']): string =>
  align === 'right' ? text.padStart(width) : text.padEnd(width);

/** Two spaces between columns, a rule below the headings; a table that is too wide becomes one paragraph a row. */
function tableText(headings: readonly Heading[], rows: readonly Cell[][]): string[] {
  const all = [headings.map(({ title }) => title), ...rows.map((row) => row.map(({ text }) => text))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  if (total > WIDTH) return rows.flatMap((row) => recordText(headings, row));
  const lines = all.map((row) =>
    row
      .map((text, i) => padded(text, widths[i] ?? 0, headings[i]?.align))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0] ?? '', '-'.repeat(total), ...lines.slice(1)];
}

function recordText(headings: readonly Heading[], [first, ...rest]: readonly Cell[]): string[] {
  const width = Math.max(...headings.map(({ title }) => title.length));
  return [first?.text ?? '', ...rest.map(({ text }, i) => `  ${(headings[i + 1]?.title ?? '').padEnd(width)}  ${text}`)];
}

function barLines(bars: readonly Bar[]): string[] {
  const [width, texts] = [Math.max(...bars.map(({ label }) => label.length)), Math.max(...bars.map(({ text }) => text.length))];
  const most = Math.max(...bars.map(({ value }) => Math.abs(value))) || 1;
  return bars.map(({ label, value, text }) => {
    const length = Math.round((Math.abs(value) / most) * BAR_WIDTH);
    return `${label.padEnd(width)}  ${text.padStart(texts)}  ${(value < 0 ? '-' : '#').repeat(length)}`.trimEnd();
  });
}

/** A long line is broken between words. */
function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

function blockText(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return wrapped(block.text);
    case 'tiles':
      return tableText(
        [{ title: '' }, { title: '', align: 'right' }, { title: '' }],
        block.tiles.map(({ label, value, note }) => [{ text: label }, { text: value }, { text: note }]),
      ).slice(2);
    case 'list':
      return block.items.flatMap(({ mark, text, detail }) => [...wrapped(`* ${mark}: ${text}`), ...wrapped(detail, '  ')]);
    case 'table':
      return [`${block.caption}:`, ...tableText(block.headings, block.rows)];
    case 'bars':
      return [`${block.caption}:`, ...barLines(block.bars)];
    case 'columns':
      return [`${block.caption}:`, ...barLines(block.points)];
  }
}

/** Plain text, at most about 78 characters a line. */
export function pageText(page: Page): string {
  const section = ({ title, blocks }: Page['sections'][number]): string =>
    [title.toUpperCase(), '', blocks.map((block) => blockText(block).join('\n')).join('\n\n')].join('\n');
  const head = [page.title, '='.repeat(page.title.length), '', `[${page.subtitle}]`, ...wrapped(page.headline)].join('\n');
  const foot = page.footer.map((text) => wrapped(text).join('\n')).join('\n');
  return `${[head, ...page.sections.map(section), `-- \n${foot}`].join('\n\n')}\n`;
}

/** Signs that Markdown would take for its own; line breaks would end a table's row. */
const escaped = (text: string): string => text.replaceAll(/([\\`*_[\]<>|#~])/g, '\\$1').replaceAll(/\s+/g, ' ');

const markdownRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function markdownTable(caption: string, headings: readonly Heading[], rows: readonly string[][]): string[] {
  const rule = headings.map(({ align }) => (align === 'right' ? '---:' : '---'));
  const head = markdownRow(headings.map(({ title }) => escaped(title)));
  return [`**${escaped(caption)}**`, '', head, markdownRow(rule), ...rows.map((row) => markdownRow(row.map(escaped)))];
}

function blockMarkdown(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [escaped(block.text)];
    case 'tiles':
      return block.tiles.map(({ label, value, note }) => `- ${escaped(label)}: **${escaped(value)}** (${escaped(note)})`);
    case 'list':
      return block.items.map(({ mark, text, detail }) => `- **${escaped(mark)}:** ${escaped(text)} ${escaped(detail)}`);
    case 'table':
      return markdownTable(
        block.caption,
        block.headings,
        block.rows.map((row) => row.map(({ text }) => text)),
      );
    case 'bars':
    case 'columns':
      return markdownTable(
        block.caption,
        [{ title: '' }, { title: 'Amount', align: 'right' }],
        (block.kind === 'bars' ? block.bars : block.points).map(({ label, text }) => [label, text]),
      );
  }
}

/** GitHub-flavoured Markdown. */
export function pageMarkdown(page: Page): string {
  const section = ({ title, blocks }: Page['sections'][number]): string =>
    [`## ${escaped(title)}`, ...blocks.map((block) => blockMarkdown(block).join('\n'))].join('\n\n');
  const head = [`# ${escaped(page.title)}`, `**${escaped(page.subtitle)}.** ${escaped(page.headline)}`].join('\n\n');
  return `${[head, ...page.sections.map(section), '---', ...page.footer.map(escaped)].join('\n\n')}\n`;
}
