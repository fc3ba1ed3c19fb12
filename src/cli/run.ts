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

type RunOptions = { migrate?: true; untilInputEnds?: true };

/** Nobody is left then who would end a process that does not end by itself. */
const ORPHAN_MS = 20_000;

/** Aborted when standard input ends: whoever has started this process has gone. */
function inputEnd(): AbortSignal {
  const ended = new AbortController();
  process.stdin.resume().once('close', () => {
    setTimeout(() => process.exit(1), ORPHAN_MS).unref();
    ended.abort();
  });
  // It is listened to, but is no reason to go on.
  process.stdin.unref?.();
  return ended.signal;
}

/** Runs stages until the context's signal, and stops them in an orderly way. */
export async function runStages(context: Context, wanted: readonly StageName[], options: RunOptions): Promise<void> {
  const config = context.config();
  const signal = options.untilInputEnds ? AbortSignal.any([context.signal, inputEnd()]) : context.signal;
  const chosen = wanted.length === 0 ? names : [...new Set(wanted)];
  if (options.migrate) await context.prepare(config, (step) => context.err(`${step}\n`));
  const running = await context.start(config, chosen, signal);
  context.err(`running ${chosen.join(', ')}${running.url === null ? '' : ` at ${running.url}`}\n`);
  await untilAborted(signal);
  context.err('stopping\n');
  await running.stop();
}

/** Runs stages until Ctrl-C or SIGTERM, and stops them in an orderly way. */
export function runCommand(context: Context): Command {
  const command = new Command('run')
    .description('run stages in this process until Ctrl-C; without a name, all of them')
    .addArgument(new Argument('[stage...]', 'which').choices(names))
    .option('--migrate', 'first do what `impact migrate` does')
    .option('--until-input-ends', 'end with the process at the other end of standard input, for whoever starts this one')
    .action((wanted: StageName[], options: RunOptions) => runStages(context, wanted, options));
  const list = stages.map(({ name, does }) => `  ${name.padEnd(8)} ${does}`).join('\n');
  command.addHelpText('after', `\nStages:\n${list}`);
  return withExamples(
    command,
    ['run', 'everything in one process'],
    ['run store', 'one stage; start it again elsewhere to share its work'],
    ['run window alert signals', 'some of them'],
  );
}
