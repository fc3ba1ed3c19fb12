/** `impact roi`: calculates days and weeks, and reports any span. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { Command, Option } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { type RoiJson, roiJson } from '../domain/roi/json.ts';
import { dayAt, mondayOf, plusDays } from '../domain/zone.ts';
import { effectsAsOf, refreshEffects } from '../query/roi/effects.ts';
import { recordDays } from '../query/roi/record.ts';
import { readRoi } from '../query/roi.ts';
import { scopeOf } from '../query/scope.ts';
import { tenantOption } from './answer.ts';
import { parseDate } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { jsonText } from './render.ts';
import { roiCsv, roiMarkdown, roiText } from './roi-text.ts';
import { type System, withSystem } from './system.ts';

const formats = ['table', 'json', 'csv', 'markdown'] as const;
type Format = (typeof formats)[number];
const modes = ['daily', 'weekly', 'report'] as const;
type Mode = (typeof modes)[number];

type Options = {
  date?: string;
  startDate?: string;
  endDate?: string;
  saveFile?: string;
  tenant?: string;
  by: 'feature' | 'day';
  output: Format;
};

const ofExtension: Record<string, Format> = { '.json': 'json', '.csv': 'csv', '.md': 'markdown' };

function render(json: RoiJson, format: Format, by: Options['by'], width = Number.POSITIVE_INFINITY): string {
  if (format === 'json') return jsonText(json);
  if (format === 'csv') return roiCsv(json, by);
  return format === 'markdown' ? roiMarkdown(json) : roiText(json, width);
}

/** All of the file is there or nothing. */
function save(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, `${text}\n`);
  renameSync(`${file}.part`, file);
}

/** First and last day. */
function spanOf(mode: Mode, { date, startDate, endDate }: Options, today: string): { from: string; to: string } {
  if (mode === 'daily') return { from: date ?? today, to: date ?? today };
  const from = startDate ?? (mode === 'weekly' ? mondayOf(today) : plusDays(today, -29));
  return { from, to: mode === 'weekly' ? plusDays(from, 6) : (endDate ?? today) };
}

/** Days and weeks are calculated and written down; a report reads. */
async function calculate(system: System, mode: Mode, { from, to }: { from: string; to: string }, now: number): Promise<void> {
  if (mode === 'report') return;
  const today = dayAt(system.config.timeZone, now);
  if ((await effectsAsOf(system.postgres)) !== today) await refreshEffects(system, (await system.flags.list()).flags, today);
  await recordDays(system, { from, to: plusDays(to, 1) }, now, mode === 'daily');
}

const datesOf: Record<Mode, readonly string[]> = { daily: ['date'], weekly: ['startDate'], report: ['startDate', 'endDate'] };
const flags = { date: '--date', startDate: '--start-date', endDate: '--end-date' } as const;

/** A date that is not looked at would look like an answer to it. */
function refuseOthers(mode: Mode, options: Options): void {
  const names = Object.keys(flags) as (keyof typeof flags)[];
  const other = names.find((name) => options[name] !== undefined && !datesOf[mode].includes(name));
  if (other !== undefined) {
    const taken = datesOf[mode].map((name) => flags[name as keyof typeof flags]).join(' and ');
    throw new ImpactError('bad_request', `${flags[other]} is not for ${mode}, which takes ${taken}`);
  }
}

function refuseSpan({ from, to }: { from: string; to: string }, { date, endDate }: Options, today: string, zone: string): void {
  if (from > today)
    throw new ImpactError(
      'bad_request',
      `${date === undefined ? '--start-date' : '--date'} ${from} has not begun yet: today is ${today} in ${zone}`,
    );
  if (from > to)
    throw new ImpactError('bad_request', `--start-date ${from} is after ${endDate === undefined ? 'today' : '--end-date'} ${to}`);
}

async function run(context: Context, mode: Mode, options: Options): Promise<void> {
  refuseOthers(mode, options);
  const now = context.now();
  const json = await withSystem(context, async (system) => {
    const today = dayAt(system.config.timeZone, now);
    const span = spanOf(mode, options, today);
    refuseSpan(span, options, today, system.config.timeZone);
    await calculate(system, mode, span, now);
    return roiJson(await readRoi(system, scopeOf(options.tenant ?? null), span, now), system.config);
  });
  const { saveFile, by } = options;
  if (saveFile !== undefined) save(saveFile, render(json, ofExtension[extname(saveFile)] ?? options.output, by));
  context.out(`${render(json, options.output, by, context.columns)}\n`);
  if (saveFile !== undefined) context.err(`saved as ${saveFile}\n`);
}

const outputs = (): Option => new Option('--output <format>', 'how to print').choices(formats).default('table');

/** Options of every way to ask. */
function common(command: Command): Command {
  return command
    .option('--save-file <file>', 'write it to a file as well: .json, .csv or .md say in which form, else --output')
    .addOption(new Option('--by <what>', 'lines of CSV').choices(['feature', 'day'] as const).default('feature'))
    .addOption(tenantOption())
    .addOption(outputs());
}

/** The command above the subcommands has the same options, and takes them wherever they stand. */
const optionsOf = (parent: Command | null): Options => (parent?.opts() ?? {}) as Options;

function daily(context: Context): Command {
  const command = common(
    new Command('daily').description('calculate a day now, and write it down').option('--date <date>', 'today when left out', parseDate),
  ).action((_: Options, { parent }: Command) => run(context, 'daily', optionsOf(parent)));
  return withExamples(command, ['roi daily', 'today so far'], ['roi daily --date 2026-01-11 --output json', 'a day, for a program']);
}

function weekly(context: Context): Command {
  const command = common(
    new Command('weekly')
      .description('calculate the seven days from a date')
      .option('--start-date <date>', 'Monday of this week when left out', parseDate),
  ).action((_: Options, { parent }: Command) => run(context, 'weekly', optionsOf(parent)));
  return withExamples(command, ['roi weekly --start-date 2026-01-05', 'a week']);
}

function report(context: Context): Command {
  const command = common(
    new Command('report')
      .description('what a span of days was worth and cost')
      .option('--start-date <date>', 'first day; 30 days when left out', parseDate)
      .option('--end-date <date>', 'last day; today when left out', parseDate),
  ).action((_: Options, { parent }: Command) => run(context, 'report', optionsOf(parent)));
  return withExamples(
    command,
    ['roi report --start-date 2026-01-01 --end-date 2026-01-11 --save-file roi_report.json', 'eleven days, kept as JSON'],
    ['roi report --start-date 2026-01-01 --output csv --by day', 'a spreadsheet'],
  );
}

/** The command; it can also be asked by `--mode`, as its predecessor was. */
export function roiCommand(context: Context): Command {
  const command = common(
    new Command('roi')
      .description('value, cost and ROI: by day, by week, or over any span')
      .addOption(new Option('--mode <mode>', 'the subcommand, written as an option').choices(modes).default('daily'))
      .option('--date <date>', 'with --mode daily', parseDate)
      .option('--start-date <date>', 'with --mode weekly or report', parseDate)
      .option('--end-date <date>', 'with --mode report', parseDate),
  ).action((options: Options & { mode: Mode }) => run(context, options.mode, options));
  for (const make of [daily, weekly, report]) command.addCommand(make(context));
  return withExamples(
    command,
    ['roi daily', 'today so far'],
    ['roi --mode report --start-date 2026-01-01 --end-date 2026-01-11 --save-file roi_report.json', 'the same way as its predecessor'],
  );
}
