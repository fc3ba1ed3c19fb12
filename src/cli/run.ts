/** `impact run`: the stages. */
import { Argument, Command } from 'commander';
import { type StageName, stages } from '../../streams/topology.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';

const names: readonly StageName[] = stages.map(({ name }) => name);

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function run(context: Context, wanted: readonly StageName[], options: { migrate?: true }): Promise<void> {
  const config = context.config();
  const chosen = wanted.length === 0 ? names : [...new Set(wanted)];
  if (options.migrate) await context.prepare(config, (step) => context.err(`${step}\n`));
  const running = await context.start(config, chosen, context.signal);
  context.err(`running ${chosen.join(', ')}${running.url === null ? '' : ` at ${running.url}`}\n`);
  await untilAborted(context.signal);
  context.err('stopping\n');
  await running.stop();
}

/** Runs stages until Ctrl-C or SIGTERM, and stops them in an orderly way. */
export function runCommand(context: Context): Command {
  const command = new Command('run')
    .description('run stages in this process until Ctrl-C; without a name, all of them')
    .addArgument(new Argument('[stage...]', 'which').choices(names))
    .option('--migrate', 'first do what `impact migrate` does')
    .action((wanted: StageName[], options: { migrate?: true }) => run(context, wanted, options));
  const list = stages.map(({ name, does }) => `  ${name.padEnd(8)} ${does}`).join('\n');
  command.addHelpText('after', `\nStages:\n${list}`);
  return withExamples(
    command,
    ['run', 'everything in one process'],
    ['run store', 'one stage; start it again elsewhere to share its work'],
    ['run window alert signals', 'some of them'],
  );
}
