/**
 * A page as HTML for mail, browsers and paper. Mail clients know neither style sheets nor SVG, and hide pictures until asked: all style stands
 * inline, and charts are tables with coloured cells, which every client draws and a screen reader reads.
 */
import type { Bar, Block, Cell, Heading, Page, Point, Section, Tone } from './page.ts';
import { extent } from './page.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that holds no markup, in an element as well as in an attribute. */
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] as string);

/** Contrasts are 4.5:1 or more, on white and on their own tint. */
const ink: Record<Tone, string> = { good: '#14663a', fair: '#1f4e8c', warning: '#8a4b00', critical: '#a3162a', plain: '#1c2733' };
const tint: Record<Tone, string> = { good: '#e6f4ec', fair: '#e8f0fb', warning: '#fdf1e0', critical: '#fceaec', plain: '#f3f5f7' };
const bar = { plus: '#2563a8', minus: '#a3162a', empty: '#e4e8ec' } as const;
const font = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const muted = '#4a5866';
const line = '#d5dbe1';

const layout = 'role="presentation" cellpadding="0" cellspacing="0" border="0"';
const small = `font-size:13px;line-height:18px;color:${muted}`;

function tilesHtml(tiles: Extract<Block, { kind: 'tiles' }>['tiles']): string {
  const width = Math.floor(100 / tiles.length);
  const cells = tiles.map(
    ({ label, value, note, tone }) =>
      `<td class="tile" valign="top" width="${width}%" style="padding:12px;background:${tint[tone]};border:2px solid #ffffff">` +
      `<div style="${small}">${escapeHtml(label)}</div>` +
      `<div style="font-size:18px;line-height:26px;font-weight:700;color:${ink[tone]};white-space:nowrap">${escapeHtml(value)}</div>` +
      `<div style="font-size:12px;line-height:16px;color:${muted}">${escapeHtml(note)}</div></td>`,
  );
  return `<table ${layout} width="100%" style="margin:0 0 12px"><tr>${cells.join('')}</tr></table>`;
}

function listHtml(items: Extract<Block, { kind: 'list' }>['items']): string {
  const rows = items.map(
    ({ mark, text, detail, tone }) =>
      `<li style="margin:0 0 10px;padding:8px 12px;border-left:4px solid ${ink[tone]};background:${tint[tone]}">` +
      `<strong style="color:${ink[tone]}">${escapeHtml(mark)}:</strong> ${escapeHtml(text)}` +
      `<div style="${small}">${escapeHtml(detail)}</div></li>`,
  );
  return `<ul style="margin:0 0 12px;padding:0;list-style:none">${rows.join('')}</ul>`;
}

const aligned = (heading: Heading | undefined): string => (heading?.align === 'right' ? 'right' : 'left');

function cellHtml({ text, tone = 'plain' }: Cell, heading: Heading | undefined, first: boolean): string {
  const whole = heading?.align === 'right' && text.length <= 14 ? ';white-space:nowrap' : '';
  const weight = tone === 'plain' ? '' : ';font-weight:600';
  const style = `padding:6px 8px;border-bottom:1px solid ${line};text-align:${aligned(heading)};color:${ink[tone]};vertical-align:top${whole}${weight}`;
  return first
    ? `<th scope="row" style="${style};font-weight:600">${escapeHtml(text)}</th>`
    : `<td style="${style}">${escapeHtml(text)}</td>`;
}

const captionHtml = (text: string): string => `<caption style="text-align:left;padding:4px 0 6px;${small}">${escapeHtml(text)}</caption>`;

/** A table of so few rows is not torn apart on paper. */
const SHORT_ROWS = 8;

function tableHtml({ caption, headings, rows }: Extract<Block, { kind: 'table' }>): string {
  const head = headings.map((heading) =>
    heading.title === ''
      ? `<td style="border-bottom:2px solid ${line}"></td>`
      : `<th scope="col" style="padding:6px 8px;border-bottom:2px solid ${line};text-align:${aligned(heading)};${small}">${escapeHtml(heading.title)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map((cell, i) => cellHtml(cell, headings[i], i === 0)).join('')}</tr>`);
  return (
    `<div${rows.length <= SHORT_ROWS ? ' class="short"' : ''} role="region" aria-label="${escapeHtml(caption)}" tabindex="0" style="overflow-x:auto;margin:0 0 16px"><table cellpadding="0" cellspacing="0" border="0" width="100%" style="border-collapse:collapse;font-size:14px;line-height:20px">` +
    `${captionHtml(caption)}<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
  );
}

/** A width that is not nothing stays visible. */
const percentOf = (share: number): number => (share === 0 ? 0 : Math.max(0.5, Math.round(share * 1000) / 10));

function barHtml({ label, value, text }: Bar, values: readonly number[]): string {
  const { from, share } = extent(value, values);
  const [before, width] = [percentOf(from), percentOf(share)];
  const part = (percent: number, colour: string): string =>
    percent === 0
      ? ''
      : `<td width="${percent}%" height="14" bgcolor="${colour}" style="background:${colour};font-size:1px;line-height:14px">&nbsp;</td>`;
  const rest = Math.max(0, Math.round((100 - before - width) * 10) / 10);
  const drawn = part(before, bar.empty) + part(width, value < 0 ? bar.minus : bar.plus) + part(rest, bar.empty);
  return (
    `<tr><th scope="row" width="30%" style="padding:4px 8px 4px 0;text-align:left;font-weight:400">${escapeHtml(label)}</th>` +
    `<td style="padding:4px 0"><table ${layout} width="100%" aria-hidden="true"><tr>${drawn}</tr></table></td>` +
    `<td width="18%" style="padding:4px 0 4px 8px;text-align:right;white-space:nowrap">${escapeHtml(text)}</td></tr>`
  );
}

function barsHtml({ caption, bars }: Extract<Block, { kind: 'bars' }>): string {
  const values = bars.map(({ value }) => value);
  const rows = bars.map((one) => barHtml(one, values)).join('');
  return `<table cellpadding="0" cellspacing="0" border="0" width="100%" style="margin:0 0 16px;font-size:14px;line-height:20px">${captionHtml(caption)}<tbody>${rows}</tbody></table>`;
}

const CHART_PX = 96;

/** A column of the chart: a spacer above the bar and, below zero, one under it. The figure is there for screen readers and as a tooltip. */
function columnHtml({ label, value, text }: Point, values: readonly number[]): string {
  const { from, share } = extent(value, values);
  const height = value === 0 ? 0 : Math.max(2, Math.round(share * CHART_PX));
  const below = Math.round(from * CHART_PX);
  const said = escapeHtml(`${label}: ${text}`);
  const colour = value < 0 ? bar.minus : bar.plus;
  const block = (px: number, background: string): string =>
    px === 0 ? '' : `<div style="height:${px}px;line-height:${px}px;font-size:1px;background:${background}">&nbsp;</div>`;
  return `<td valign="bottom" height="${CHART_PX}" title="${said}" style="padding:0 1px;vertical-align:bottom">${block(height, colour)}${block(below, '#ffffff')}</td>`;
}

function columnsHtml({ caption, points }: Extract<Block, { kind: 'columns' }>): string {
  const values = points.map(({ value }) => value);
  const [lowest, highest] = [
    points.find(({ value }) => value === Math.min(...values)),
    points.find(({ value }) => value === Math.max(...values)),
  ];
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || lowest === undefined || highest === undefined) return '';
  const range = `Lowest ${lowest.text} (${lowest.label}), highest ${highest.text} (${highest.label}), last ${last.text}.`;
  return (
    `<div role="img" aria-label="${escapeHtml(`${caption}. ${range}`)}"><div aria-hidden="true"><div style="padding:4px 0 6px;${small}">${escapeHtml(caption)}</div>` +
    `<table ${layout} width="100%" style="table-layout:fixed;border-bottom:1px solid ${muted}"><tr>${points.map((point) => columnHtml(point, values)).join('')}</tr></table>` +
    `<table ${layout} width="100%"><tr><td style="${small}">${escapeHtml(first.label)}</td><td style="text-align:right;${small}">${escapeHtml(last.label)}</td></tr></table></div></div>` +
    `<p style="margin:0 0 16px;${small}">${escapeHtml(range)}</p>`
  );
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p style="margin:0 0 8px">${escapeHtml(block.text)}</p>`;
    case 'tiles':
      return tilesHtml(block.tiles);
    case 'list':
      return listHtml(block.items);
    case 'table':
      return tableHtml(block);
    case 'bars':
      return barsHtml(block);
    case 'columns':
      return columnsHtml(block);
  }
}

const sectionHtml = ({ title, blocks }: Section): string =>
  `<h2 style="margin:28px 0 10px;font-size:18px;line-height:24px;color:${ink.plain}">${escapeHtml(title)}</h2>${blocks.map(blockHtml).join('')}`;

/** Paper breaks between rows and keeps its colours; a phone scrolls wide tables. All else is inline. */
const sheet =
  '@page{size:A4;margin:14mm}tr,li,.short{page-break-inside:avoid}h2{page-break-after:avoid}' +
  '@media print{body{background:#ffffff!important;-webkit-print-color-adjust:exact;print-color-adjust:exact}' +
  'div{overflow:visible!important}.page{padding:0!important}}' +
  '@media (max-width:600px){.page{padding:16px!important}.tile{display:inline-block!important;width:50%!important;box-sizing:border-box!important}}';

/** A whole document of its own. */
export function pageHtml(page: Page): string {
  const { title, subtitle, preview, tone, headline, sections, footer } = page;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
    `<title>${escapeHtml(title)}</title><style>${sheet}</style></head>` +
    `<body style="margin:0;background:#eef1f4;${font};font-size:15px;line-height:22px;color:${ink.plain}">` +
    `<div style="display:none;max-height:0;overflow:hidden" aria-hidden="true">${escapeHtml(preview)}</div>` +
    `<table ${layout} width="100%" style="table-layout:fixed"><tr><td align="center"><table ${layout} width="100%" style="table-layout:fixed;max-width:760px;background:#ffffff"><tr>` +
    `<td class="page" style="padding:28px 32px;text-align:left"><main>` +
    `<h1 style="margin:0 0 6px;font-size:22px;line-height:28px">${escapeHtml(title)}</h1>` +
    `<p style="margin:0 0 10px"><strong style="padding:2px 8px;background:${tint[tone]};color:${ink[tone]}">${escapeHtml(subtitle)}</strong></p>` +
    `<p style="margin:0 0 12px;font-size:17px;line-height:25px">${escapeHtml(headline)}</p>` +
    `${sections.map(sectionHtml).join('')}</main>` +
    `<footer style="margin:28px 0 0;padding:12px 0 0;border-top:1px solid ${line};${small}">${footer.map((text) => `<p style="margin:0 0 6px">${escapeHtml(text)}</p>`).join('')}</footer>` +
    `</td></tr></table></td></tr></table></body></html>\n`
  );
}
