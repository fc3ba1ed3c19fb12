/** A report for people: as tables, as Markdown, as lines for a spreadsheet. */
import type { RoiJson } from '../domain/roi/json.ts';
import { microsOfNumeric } from '../domain/roi/money.ts';
import { dollars, percent, whole } from './money.ts';
import { type Column, type Row, renderRows } from './render.ts';

const money = (value: unknown): string => (value === null || value === undefined ? '–' : dollars(microsOfNumeric(String(value))));
const usd = (key: string, title: string): Column => ({ key, title, align: 'right', show: money });
const roi: Column = { key: 'roiPercent', title: 'ROI', align: 'right', show: (value) => percent(value === null ? null : Number(value)) };
const uses: Column = { key: 'usage', title: 'uses', align: 'right', show: (value) => whole(Number(value)) };

const figures = [usd('valueUsd', 'value'), usd('costUsd', 'cost'), usd('netUsd', 'net'), roi];
const causal = [usd('causalUsd', 'caused'), usd('lowerBoundUsd', 'at least')];
const featureColumns: Column[] = [{ key: 'feature' }, uses, ...figures, ...causal, usd('annualisedValueUsd', 'value a year')];
const dayColumns: Column[] = [{ key: 'date' }, uses, ...figures, { key: 'state', title: 'state' }];
const costColumns: Column[] = [{ key: 'category' }, { key: 'provenance', title: 'known from' }, usd('amountUsd', 'amount')];

const featureRows = ({ features, total }: RoiJson): Row[] => [...features, { feature: 'total', ...total }];

function stateOf({ complete, revision, provenance }: RoiJson['days'][number]): string {
  const words = [complete ? '' : 'so far', provenance === 'manual' ? 'entered by hand' : '', revision > 0 ? `revised ${revision}x` : ''];
  return words.filter((word) => word !== '').join(', ');
}

const dayRows = ({ days }: RoiJson): Row[] => days.map((day) => ({ ...day, state: stateOf(day) }));

function verdict({ total }: RoiJson): string {
  const met = total.targetMet === null ? 'no costs, so no ROI' : total.targetMet ? 'met' : 'missed';
  const side = (name: string, one: RoiJson['total']['conservative']): string =>
    `${name} ${money(one?.valueUsd)} (${percent(one?.roiPercent ?? null)})`;
  const projected = `${side('conservative', total.conservative)}, ${side('optimistic', total.optimistic)}`;
  return `ROI ${percent(total.roiPercent)} against a target of ${percent(total.targetRoiPercent)}: ${met}. Projected for this time: ${projected}.`;
}

const titleOf = ({ period }: RoiJson): string =>
  `ROI ${period.from === period.to ? period.from : `${period.from} to ${period.to}`} (${period.timeZone})${period.complete ? '' : ', so far'}`;

type Section = { title: string; rows: Row[]; columns: Column[] };

function sections(json: RoiJson): Section[] {
  const all: Section[] = [
    { title: 'Features', rows: featureRows(json), columns: featureColumns },
    { title: 'Costs', rows: json.costs, columns: costColumns },
    { title: 'Days', rows: json.days.length > 1 ? dayRows(json) : [], columns: dayColumns },
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** Tables for a terminal of so many columns. */
export function roiText(json: RoiJson, width: number): string {
  const tables = sections(json).map(({ title, rows, columns }) => `${title}\n${renderRows(rows, 'table', columns, width)}`);
  return [titleOf(json), verdict(json), ...tables, json.notes.join('\n')].join('\n\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function markdownTable({ rows, columns }: Section): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const heads = columns.map(({ key, title }) => title ?? key);
  const rules = columns.map(({ align }) => (align === 'right' ? '---:' : '---'));
  const body = rows.map((row) => columns.map(({ key, show }) => cell(show ? show(row[key], row) : String(row[key] ?? ''))));
  return [heads, rules, ...body].map(line).join('\n');
}

export function roiMarkdown(json: RoiJson): string {
  const tables = sections(json).map((section) => `## ${section.title}\n\n${markdownTable(section)}`);
  return [`# ${titleOf(json)}`, verdict(json), ...tables, ...json.notes.map((note) => `- ${note}`)]
    .join('\n\n')
    .replaceAll('\n\n- ', '\n- ');
}

const csvKeys = ['usage', 'valueUsd', 'manualValueUsd', 'directCostUsd', 'sharedCostUsd', 'costUsd', 'netUsd', 'roiPercent'];
const featureKeys = ['observedUsd', 'causalUsd', 'lowerBoundUsd', 'upperBoundUsd', 'annualisedValueUsd'];
const columnsOf = (keys: readonly string[]): Column[] => keys.map((key) => ({ key }));

/** One line for each feature and the total, or one for each day. */
export function roiCsv(json: RoiJson, by: 'feature' | 'day'): string {
  return by === 'day'
    ? renderRows(json.days, 'csv', columnsOf(['date', ...csvKeys, 'complete', 'revision', 'provenance']))
    : renderRows(featureRows(json), 'csv', columnsOf(['feature', ...csvKeys, ...featureKeys]));
}
