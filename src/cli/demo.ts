/** `impact demo`: everything at work, on this machine, in a few minutes. */
import { Command } from 'commander';
import pc from 'picocolors';
import { claimStack, releaseStack } from '../../infra/stack.ts';
import { ImpactError } from '../domain/errors.ts';
import { importRules } from '../query/rules.ts';
import { createToken } from '../query/tokens.ts';
import { parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { startChildren } from './demo/children.ts';
import { closePlace, openPlace, type Place } from './demo/place.ts';
import { demoRules } from './demo/rules.ts';
import { runShow, type ShowOptions } from './demo/show.ts';
import type { Promised } from './demo/verdict.ts';
import { withExamples } from './examples.ts';
import { Unsuccessful } from './failure.ts';
import { withProgress } from './progress.ts';
import { type System, withSystem } from './system.ts';

type DemoOptions = { name: string; once?: boolean; days: number; seed: number; keep?: boolean };

const CHILD_TOKEN_MS = 86_400_000;

/** Topics, schemas, tables, rules, and a token for the reader. */
async function furnish(context: Context, place: Place, system: System): Promise<string> {
  return withProgress(
    context,
    'creating topics, schemas, tables, rules',
    async (progress) => {
      await context.prepare(place.config, progress.update);
      await importRules(system.postgres, demoRules(), { by: 'demo', reason: 'short windows for the demonstration' });
      const expiresAt = new Date(context.now() + CHILD_TOKEN_MS);
      return (await createToken(system.postgres, { role: 'viewer', tenantId: null, name: 'demo', expiresAt })).token;
    },
    () => 'topics, schemas, tables and rules are there',
  );
}

async function perform(context: Context, place: Place, options: ShowOptions): Promise<Promised[]> {
  return withSystem(
    context,
    async (system) => {
      const token = await furnish(context, place, system);
      const children = await withProgress(
        context,
        'starting every stage',
        () => startChildren(place, context.signal),
        () => 'every stage is ready',
      );
      try {
        return await runShow({ context, system, place, token, options }, children.lost);
      } finally {
        await withProgress(
          context,
          'stopping the stages',
          () => children.stop(),
          (killed) =>
            killed.length === 0 ? 'the stages have stopped' : `stopped; ${killed.join(' and ')} did not end in time and had to be killed`,
        );
      }
    },
    place.config,
  );
}

/** One demonstration of a name at a time: a second one would delete the first one's data. @throws ImpactError `conflict` */
function claim(name: string): void {
  const holder = claimStack(name);
  if (holder === null) return;
  const message = `the demonstration ${name} is running already, as process ${holder}: end it, or choose another --name`;
  throw new ImpactError('conflict', message);
}

function title(context: Context): void {
  const colours = pc.createColors(context.terminal);
  context.out(
    `${colours.bold('impactstream')} ${colours.dim('events → Kafka → ClickHouse → windows → alerts → API, all of it real, on this machine')}\n\n`,
  );
}

/** @returns the promises that were not kept; null when Ctrl-C came before there was anything to promise */
async function play(context: Context, name: string, options: ShowOptions): Promise<Promised[] | null> {
  try {
    const place = await openPlace(context, name);
    context.signal.throwIfAborted();
    return (await perform(context, place, options)).filter(({ kept }) => !kept);
  } catch (error) {
    if (context.signal.aborted) return null;
    throw error;
  }
}

async function demo(context: Context, { name, once = false, days, seed, keep = false }: DemoOptions): Promise<void> {
  claim(name);
  title(context);
  const started = context.now();
  const broken = await play(context, name, { once, days, seed })
    .finally(() => closePlace(context, name, keep))
    .finally(() => releaseStack(name));
  context.out(`\nThe demonstration took ${Math.round((context.now() - started) / 1000)} s.\n`);
  if (once && context.signal.aborted) throw new Unsuccessful('it was ended early');
  if (broken !== null && broken.length > 0) throw new Unsuccessful(broken.map(({ what }) => what).join('; '));
}

/** The command. */
export function demoCommand(context: Context): Command {
  const command = new Command('demo')
    .description('start everything here, send a month of history and a live stream with an incident, and show what comes of it')
    .option('--once', 'end by itself: status 0 when the alerts have fired and resolved and everything is stored as it was sent')
    .option('--days <number>', 'days of back-history', parseWhole(1, 80), 30)
    .option('--seed <number>', 'another world of events', parseWhole(0, 2 ** 31), 1)
    .option('--name <name>', 'name of its stack, whose data it deletes first', 'demo')
    .option('--keep', 'leave the components and their data when it ends')
    .action((options: DemoOptions) => demo(context, options));
  return withExamples(
    command,
    ['demo', 'until Ctrl-C'],
    ['demo --once', 'as a check; about two minutes'],
    ['demo --once --days 7', 'with less history'],
  );
}
