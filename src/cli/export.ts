/** `impact export`: what is stored, for a warehouse. */
import { Command, Option } from 'commander';
import { counted } from '../domain/counted.ts';
import { type ExportFormat, exportFormats } from '../domain/export.ts';
import { type ExportName, exportNames, exportTables } from '../domain/export-tables.ts';
import { parseMoment } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { type ExportResult, exportTable } from './exporting.ts';
import { withProgress } from './progress.ts';
import { jsonText } from './render.ts';
import { resumable } from './resumable.ts';
import { type Said, saidOption } from './said.ts';
import { withSystem } from './system.ts';

type Options = {
  to: string;
  format: ExportFormat;
  table: ExportName[];
  from?: number;
  until?: number;
  all?: true;
  output: Said;
};

const DAY_MS = 86_400_000;
const byDefault: ExportName[] = ['events', 'rollup_1d', 'roi', 'roi_features', 'costs', 'alerts'];

function resultText({ table, days, unchanged, removed, rows, bytes }: ExportResult): string {
  const gone = removed === 0 ? '' : `, ${removed} removed because nothing of them holds any more`;
  return `${table.padEnd(22)} ${counted(days, 'day')} written, ${unchanged} unchanged${gone}: ${counted(rows, 'row')}, ${(bytes / 1e6).toFixed(1)} MB\n`;
}

async function run(context: Context, { to: folder, format, table, from = 0, until, all, output }: Options): Promise<void> {
  const now = context.now();
  const range = { from, to: until ?? Math.floor(now / DAY_MS) * DAY_MS };
  const results: ExportResult[] = [];
  await withProgress(context, 'exporting', (progress) =>
    withSystem(context, async (system) => {
      const options = { ...range, folder, format, all: all ?? false };
      for (const name of new Set(table))
        results.push(await exportTable(system, name, options, { now: context.now, signal: context.signal, onDay: progress.update }));
    }),
  );
  context.out(output === 'json' ? `${jsonText(results)}\n` : results.map(resultText).join(''));
}

/** Writes the days that have changed since the last time, for one table or several. */
export function exportCommand(context: Context): Command {
  const moment = parseMoment(context.now);
  const command = new Command('export')
    .description('write what is stored into a folder for a warehouse, a file for each day; run again, it writes the days that have changed')
    .addOption(new Option('--to <dir>', 'folder; it gets TABLE/dt=DAY/ and a schema for each table').makeOptionMandatory())
    .addOption(new Option('--format <format>', 'Parquet, or gzipped JSON lines').choices(exportFormats).default('parquet'))
    .addOption(new Option('--table <name...>', 'what to export').choices(exportNames).default(byDefault))
    .addOption(new Option('--from <moment>', 'first day (default: as far back as it is kept)').argParser(moment))
    .addOption(new Option('--until <moment>', 'the day after the last one (default: today, which is not over)').argParser(moment))
    .option('--all', 'write also the days that have not changed')
    .addOption(saidOption())
    .action((options: Options) => resumable(context, () => run(context, options)));
  const list = exportNames.map((name) => `  ${name.padEnd(22)} ${exportTables[name].does}`).join('\n');
  command.addHelpText('after', `\nTables:\n${list}`);
  return withExamples(
    command,
    ['export --to warehouse', 'every night: the days that have changed'],
    ['export --to warehouse --table events rollup_1h --from 30d', 'two tables, a month'],
    ['export --to lines --format jsonl --table roi', 'JSON lines'],
  );
}
