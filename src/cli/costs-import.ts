/** `impact costs import`: an invoice in FOCUS columns. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Command, Option } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { focusRowsOfCsv, focusRowsOfJson, type ReadRows } from '../domain/focus/file.ts';
import { type ImportOptions, type ImportResult, importCosts } from '../query/cost-import.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { dollars } from './money.ts';
import { type Said, saidOption, say } from './said.ts';
import { createSender } from './send.ts';
import { withSystem } from './system.ts';

type How = Pick<ImportOptions, 'older' | 'replace' | 'dryRun'>;

/** Books the rows and sends what is due, straight to Kafka. @throws ImpactError `unprocessable` with every fault */
export function importRows(context: Context, rows: ReadRows, how: How): Promise<ImportResult> {
  return withSystem(context, async (system) => {
    const options = { ...how, by: userInfo().username, now: context.now(), onlyTenant: null };
    const send = async (events: Parameters<Awaited<ReturnType<typeof createSender>>['send']>[0]) =>
      (await createSender(system)).send(events);
    return importCosts(system.postgres, send, rows, system.config, options);
  });
}

/** "-" is standard input. @throws ImpactError `not_found`, or `unprocessable` for what is no JSON */
function readFocusFile(file: string): ReadRows {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new ImpactError('not_found', `${file} cannot be read`, { cause });
  }
  if (!file.endsWith('.json')) return focusRowsOfCsv(text);
  try {
    return focusRowsOfJson(JSON.parse(text));
  } catch (cause) {
    throw new ImpactError('unprocessable', `${file} is no JSON`, { cause });
  }
}

function summary({ rows, added, changed, unchanged, retracted, manualDays, amountUsdMicros, dryRun }: ImportResult): string {
  const lines = [
    `${rows} rows of ${dollars(amountUsdMicros)}: ${added} new, ${changed} corrected, ${unchanged} booked before, ${retracted} taken back`,
    ...(manualDays > 0
      ? [`${manualDays} days are past the retention of raw events and stand as manual rows of operating_costs_daily`]
      : []),
    dryRun ? 'nothing was imported (--dry-run)' : 'booked, and acknowledged by Kafka as far as their days have begun',
  ];
  return lines.join('\n');
}

type Options = { dryRun?: boolean; older: How['older']; replace?: boolean; output: Said };

async function importFile(context: Context, file: string, { dryRun = false, older, replace = false, output }: Options): Promise<void> {
  const result = await importRows(context, readFocusFile(file), { dryRun, older, replace });
  say(context, output, summary(result), result);
}

/** The command. */
export function importCommand(context: Context): Command {
  const command = new Command('import')
    .description(
      'charges in the columns of FOCUS 1.2: every row is checked first, all of them are booked or none, and the same file again changes nothing',
    )
    .argument('<file>', 'CSV, or JSON (an array of rows) by the ending .json; "-" reads CSV from standard input')
    .option('--dry-run', 'check everything and import nothing')
    .addOption(
      new Option(
        '--older <what>',
        'days past the retention of raw events: refuse them, or keep them as manual rows of operating_costs_daily',
      )
        .choices(['refuse', 'manual'])
        .default('refuse'),
    )
    .option(
      '--replace',
      'the file is whole: what was imported of the same provider, account and billing period and is not in it is taken back',
    )
    .addOption(saidOption())
    .action((file: string, options: Options) => importFile(context, file, options));
  return withExamples(
    command,
    ['costs import invoice.csv --dry-run', 'only check it'],
    ['costs import invoice.csv', 'book it; a corrected one later corrects what changed'],
    ['costs import 2025-10.csv --older manual', 'months past the retention of raw events'],
  );
}
