/** `impact archive`: raw events as Parquet files, to be kept for longer than the database keeps them, and to be replayed from. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { counted } from '../domain/counted.ts';
import { type ArchiveProgress, type ArchiveResult, archiveRange } from './archiving.ts';
import { parseMoment } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { whole } from './money.ts';
import { withProgress } from './progress.ts';
import { shortTime } from './replay.ts';
import { resumable } from './resumable.ts';
import { withSystem } from './system.ts';

type Options = { from: number; to: number; tenant?: string; feature?: string; output: string; replace?: true };

function parseFolder(text: string): string {
  if (text.endsWith('.parquet'))
    throw new InvalidArgumentError('Expected a folder: each UTC day gets a file of its own in it, such as 2026-01-11.parquet.');
  return text;
}

/** "2026-01-11, 1,200,000 of 5,000,000 events, 12 s left" */
const progressText = ({ day, done, total, etaMs }: ArchiveProgress): string =>
  `${day}, ${whole(done)} of ${whole(total)} events${etaMs === null ? '' : `, ${shortTime(etaMs)} left`}`;

function resultText({ days, kept, files, events, bytes }: ArchiveResult, folder: string): string {
  const written = `${counted(days, 'day')} archived: ${counted(events, 'event')}, ${counted(files, 'file')}, ${(bytes / 1e6).toFixed(1)} MB in ${folder}\n`;
  return kept === 0 ? written : `${written}there already: ${counted(kept, 'day')}; --replace writes again\n`;
}

async function run(context: Context, { tenant, feature, output, replace, ...range }: Options): Promise<void> {
  const options = { ...range, tenant: tenant ?? null, feature: feature ?? null, folder: output, replace: replace ?? false };
  const result = await withSystem(context, (system) =>
    withProgress(context, 'archiving', (progress) =>
      archiveRange(system, options, {
        now: context.now,
        signal: context.signal,
        onProgress: (now) => progress.update(progressText(now)),
      }),
    ),
  );
  context.out(resultText(result, output));
}

/** Archives whole days; run again, it goes on with those that are missing. */
export function archiveCommand(context: Context): Command {
  const moment = parseMoment(context.now);
  const command = new Command('archive')
    .description(
      'write the raw events of whole UTC days into a folder of Parquet files, for impact replay --from-archive; run again, it adds what is missing',
    )
    .addOption(new Option('--from <moment>', 'first day').argParser(moment).makeOptionMandatory())
    .addOption(
      new Option('--to <moment>', 'the day after the last one, or a moment in the last one').argParser(moment).makeOptionMandatory(),
    )
    .option('--tenant <id>', 'this tenant only')
    .option('--feature <name>', 'this feature only')
    .addOption(new Option('--output <folder>', 'where the files go, one for each day').argParser(parseFolder).makeOptionMandatory())
    .option('--replace', 'write again also the days that are there: late events may have come since')
    .action((options: Options) => resumable(context, () => run(context, options)));
  return withExamples(
    command,
    ['archive --from 2026-01-01 --to 2026-02-01 --output archive', 'a month, a file for each day'],
    ['archive --from 8d --to 1d --output archive', 'every night: what is missing of last week'],
    ['replay --from 2026-01-01 --to 2026-02-01 --from-archive archive', 'back into the rollups'],
  );
}
