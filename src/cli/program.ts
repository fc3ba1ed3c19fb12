/** The one command-line program and all its commands. */
import { Command } from 'commander';
import { alertsCommand } from './alerts.ts';
import { archiveCommand } from './archive.ts';
import { backupCommand } from './backup.ts';
import { checkCommand } from './check.ts';
import type { Context } from './context.ts';
import { costsCommand } from './costs.ts';
import { deliveriesCommand } from './deliveries.ts';
import { demoCommand } from './demo.ts';
import { deployCommand } from './deploy.ts';
import { dlqCommand } from './dlq.ts';
import { emitCommand } from './emit.ts';
import { withExamples } from './examples.ts';
import { experimentsCommand } from './experiments.ts';
import { exportCommand } from './export.ts';
import { describeFailure, exitStatusOf, hintOf, Unsuccessful } from './failure.ts';
import { flagsCommand } from './flags.ts';
import { forecastCommand } from './forecast.ts';
import { guardCommand } from './guard.ts';
import { healthCommand } from './health.ts';
import { kpisCommand } from './kpis.ts';
import { migrateCommand } from './migrate.ts';
import { monitorCommand } from './monitor.ts';
import { notifyCommand } from './notify.ts';
import { programVersion } from './program-version.ts';
import { queryCommand } from './query.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { roiCommand } from './roi.ts';
import { rolloutCommand } from './rollout.ts';
import { rulesCommand } from './rules.ts';
import { runCommand } from './run.ts';
import { silencesCommand } from './silences.ts';
import { stackCommand } from './stack.ts';
import { targetsCommand } from './targets.ts';
import { tokensCommand } from './tokens.ts';
import { topCommand } from './top.ts';
import { trackCommand } from './track.ts';
import { validateCommand } from './validate.ts';
import { webhooksCommand } from './webhooks.ts';

const commands = [
  demoCommand,
  stackCommand,
  migrateCommand,
  runCommand,
  emitCommand,
  trackCommand,
  queryCommand,
  topCommand,
  roiCommand,
  replayCommand,
  archiveCommand,
  backupCommand,
  validateCommand,
  exportCommand,
  deployCommand,
  alertsCommand,
  rulesCommand,
  silencesCommand,
  notifyCommand,
  webhooksCommand,
  deliveriesCommand,
  flagsCommand,
  rolloutCommand,
  experimentsCommand,
  guardCommand,
  costsCommand,
  targetsCommand,
  forecastCommand,
  kpisCommand,
  tokensCommand,
  dlqCommand,
  reportCommand,
  monitorCommand,
  healthCommand,
  checkCommand,
];

/** Longer lines are hard to read, however wide the terminal is. */
const HELP_WIDTH = 120;

/** Commander's own messages go where the context's do, and nothing ends the process but `runProgram`'s caller. */
function harness(command: Command, context: Context): void {
  command
    .exitOverride()
    .showHelpAfterError('(--help shows how)')
    .configureOutput({
      writeOut: (text) => context.out(text),
      writeErr: (text) => context.err(text),
      getOutHasColors: () => context.terminal,
    })
    .configureHelp({ sortOptions: false, helpWidth: Math.min(context.columns, HELP_WIDTH) });
  for (const child of command.commands) harness(child, context);
}

/** Builds the program; nothing runs yet. */
export function buildProgram(context: Context): Command {
  const program = new Command('impact')
    .description('Measures what each product feature is worth, what it costs, and raises an alert when it does harm, while it happens.')
    .version(programVersion())
    .option('--config <file>', 'YAML file of settings; the environment wins over it')
    .option('--debug', 'show stack traces');
  for (const make of commands) program.addCommand(make(context));
  withExamples(
    program,
    ['demo', 'see everything at work'],
    ['stack up', 'start Kafka, registry, ClickHouse, Postgres, Redis'],
    ['run --migrate', 'start every stage'],
    ['emit --generate 200 --for 60s', 'send realistic events'],
    ['query impact', 'what it is worth'],
  );
  harness(program, context);
  return program;
}

/**
 * Runs one command line.
 * @param args without the program's own name
 * @returns the exit status: 0, 1 failed, 2 wrong command line
 */
export async function runProgram(args: readonly string[], context: Context): Promise<number> {
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    const status = exitStatusOf(error);
    // Commander has already said what is wrong with the command line.
    const said = error instanceof Unsuccessful || String((error as { code?: unknown } | null)?.code).startsWith('commander.');
    if (!said) {
      const described = describeFailure(error, { debug: args.includes('--debug'), colour: context.terminal });
      context.err(`${described}\n${hintOf(described)}`);
    }
    return status;
  }
}
