/** The one command-line program and all its commands. */
import { Command } from 'commander';
import { commandsFor } from './commands.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { describeFailure, exitStatusOf, hintOf, Unsuccessful } from './failure.ts';
import { programVersion } from './program-version.ts';

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

/** Builds the program, as far as `args` need it; nothing runs yet. */
export async function buildProgram(context: Context, args: readonly string[] = []): Promise<Command> {
  const program = new Command('impact')
    .description('Measures what each product feature is worth, what it costs, and raises an alert when it does harm, while it happens.')
    .version(programVersion())
    .option('--config <file>', 'YAML file of settings; the environment wins over it')
    .option('--debug', 'show stack traces');
  for (const make of await commandsFor(args)) program.addCommand(make(context));
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
    const program = await buildProgram(context, args);
    await program.parseAsync(args, { from: 'user' });
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
