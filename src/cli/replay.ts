/** `impact replay`: rebuilds the rollups of a range of days from what is stored, from Kafka, or from archive files. */
import { Command, Option } from 'commander';
import type { ReplayProgress, ReplayResult } from '../../streams/replay.ts';
import type { Transition } from '../domain/alert.ts';
import { counted } from '../domain/counted.ts';
import { parseMoment } from './argument.ts';
import { runBacktest } from './backtest.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { whole } from './money.ts';
import { withProgress } from './progress.ts';
import type { Row } from './render.ts';
import { resumable } from './resumable.ts';
import { sayJson, sayRows } from './said.ts';
import { type System, withSystem } from './system.ts';

type ReplayOptions = {
  from?: number;
  to?: number;
  tenant?: string;
  feature?: string;
  dryRun?: true;
  alerts?: true;
  fromKafka?: true;
  fromArchive?: string;
  cancel?: true;
  output: 'table' | 'json';
};
type Range = { from: number; to: number };

const CHANGES_SHOWN = 50;

/** "12 s", "2 min" */
export const shortTime = (ms: number): string => (ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`);

/** "rebuilding 2026-01-11, 34 of 72 hours, 12 s left" */
export function progressText({ phase, done, total, day, etaMs, reason }: ReplayProgress): string {
  const left = etaMs === null ? '' : `, ${shortTime(etaMs)} left`;
  if (phase === 'check') return `checking the archive, ${done} of ${total} files`;
  if (phase === 'read')
    return total > 0 ? `reading the archive, ${whole(done)} of ${whole(total)} events${left}` : `reading again, ${whole(done)} events`;
  if (phase === 'wait') return `waiting, it goes on by itself: ${reason}`;
  if (phase === 'activate') return 'making it active';
  if (phase === 'clean') return 'removing the old generation';
  return `rebuilding ${day}, ${done} of ${total} hours${left}`;
}

function rangeOf({ from = 0, to = 0, tenant, feature }: ReplayOptions): Range & Pick<ReplayOptions, 'tenant' | 'feature'> {
  return { from, to, ...(tenant === undefined ? {} : { tenant }), ...(feature === undefined ? {} : { feature }) };
}

function sayChanges(context: Context, { changes, days, tenants }: ReplayResult, output: 'table' | 'json'): void {
  if (output === 'json') {
    sayJson(context, { days, tenants, changes });
    return;
  }
  const shown = changes.slice(0, CHANGES_SHOWN) as Row[];
  const more = changes.length > shown.length ? `and ${changes.length - shown.length} more; --output json has all\n` : '';
  const looked = `${counted(days.length, 'day')} of ${counted(tenants, 'tenant')} looked at; ${counted(changes.length, 'row')} would change (--dry-run: nothing was changed)`;
  sayRows(context, shown, 'table');
  context.out(`${more}${looked}\n`);
}

const alertRow = (one: Transition): Row => ({
  time: new Date(one.windowEnd).toISOString().slice(0, 16).replace('T', ' '),
  rule: one.rule,
  of: [one.tenantId, one.featureId].filter((part) => part !== null).join(' / ') || 'platform',
  transition: one.transition,
  severity: one.severity,
  value: one.value === null ? null : Math.round(one.value * 100) / 100,
  threshold: one.threshold,
});

async function alerts(context: Context, system: System, range: Range, output: 'table' | 'json'): Promise<void> {
  const { transitions, skipped } = await withProgress(context, 'back-testing the rules', () => runBacktest(system, range));
  if (output === 'json') return sayJson(context, { transitions, skipped: skipped.map(({ id }) => id) });
  sayRows(context, transitions.map(alertRow), 'table');
  if (skipped.length > 0)
    context.err(`not back-tested, because stored minutes cannot answer them: ${skipped.map(({ id }) => id).join(', ')}\n`);
  context.out(`${transitions.length} transitions would have been told; none was emitted\n`);
}

async function run(context: Context, system: System, options: ReplayOptions): Promise<void> {
  const range = rangeOf(options);
  if (options.alerts) return alerts(context, system, range, options.output);
  const result = await withProgress(
    context,
    options.dryRun ? 'comparing' : 'replaying',
    (progress) =>
      system.replay(
        { ...range, dryRun: options.dryRun, fromKafka: options.fromKafka, fromArchive: options.fromArchive },
        (now) => progress.update(progressText(now)),
        context.signal,
      ),
    ({ resumed }) => (options.dryRun ? 'compared' : resumed ? 'resumed and finished' : 'replayed'),
  );
  if (options.dryRun) return sayChanges(context, result, options.output);
  if (options.output === 'json') return sayJson(context, result);
  context.out(
    `${counted(result.days.length, 'day')} of ${counted(result.tenants, 'tenant')} rebuilt and active after ${shortTime(result.durationMs)}\n`,
  );
}

async function cancel(context: Context, system: System): Promise<void> {
  const id = await system.cancelReplay();
  context.out(id === null ? 'there is no unfinished replay\n' : `replay ${id} was given up; nothing visible has changed\n`);
}

/** Rebuilds rollups, or says what would change. An interrupted replay goes on when the same command is given again. */
export function replayCommand(context: Context): Command {
  const command = new Command('replay')
    .description('rebuild the rollups of whole UTC days beside the live ones, then switch over at once; resumable, safe to repeat')
    .addOption(new Option('--from <moment>', 'first day').argParser(parseMoment(context.now)))
    .addOption(new Option('--to <moment>', 'the day after the last one, or a moment in the last one').argParser(parseMoment(context.now)))
    .option('--tenant <id>', 'this tenant only')
    .option('--feature <name>', 'this feature only')
    .option('--dry-run', 'change nothing, say what would change')
    .option('--alerts', 'write nothing, say which alerts the present rules would have raised in the range')
    .option('--from-kafka', 'read the events from Kafka again first, for what the raw table has lost')
    .addOption(
      new Option(
        '--from-archive <path>',
        'read them first from this file, or from this folder of files, that impact archive wrote',
      ).conflicts(['fromKafka', 'alerts']),
    )
    .option('--cancel', 'give up a replay that was interrupted')
    .addOption(new Option('--output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .action((options: ReplayOptions) => {
      if (!options.cancel && (options.from === undefined || options.to === undefined))
        command.error('error: say which days, with --from and --to', { exitCode: 2 });
      return withSystem(context, (system) =>
        options.cancel ? cancel(context, system) : resumable(context, () => run(context, system, options)),
      );
    });
  return withExamples(
    command,
    ['replay --from 2026-01-01 --to 2026-01-08 --dry-run', 'what would change'],
    ['replay --from 2026-01-01 --to 2026-01-08', 'rebuild a week'],
    ['replay --from 7d --to now --alerts', 'which alerts the present rules would have raised'],
    ['replay --from 2026-01-01 --to 2026-01-08 --from-kafka --tenant harbor-homes', 'one tenant, from Kafka'],
    ['replay --from 2025-01-01 --to 2025-02-01 --from-archive archive', 'days that only the archive still has'],
  );
}
