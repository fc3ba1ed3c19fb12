/** `impact top`: the pipeline, the figures of the minute and what fires, as they are now. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { stages } from '../../streams/topology.ts';
import { figureLines, stageLines, topicLines } from '../domain/top.ts';
import { alertRows } from '../query/alerts.ts';
import { scopeOf } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import { performanceMinutes, stageLags, storedSlots } from '../query/top.ts';
import { parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { describeFailure } from './failure.ts';
import { type Said, saidOption } from './said.ts';
import { type System, withSystem } from './system.ts';
import { type Picture, topText } from './top-text.ts';

type TopOptions = { interval: number; once: boolean; tenant?: string; output: Said };

const PIPELINE_SECONDS = 300;
const FIGURES_SECONDS = 1800;
const ALERTS = 10;

async function look({ clickhouse }: System, tenant: string | null, now: number): Promise<Picture> {
  const scope = scopeOf(tenant);
  const [lags, stored, minutes, alerts] = await Promise.all([
    ask(clickhouse, stageLags(now, PIPELINE_SECONDS)),
    ask(clickhouse, storedSlots(now, PIPELINE_SECONDS)),
    ask(clickhouse, performanceMinutes(scope, now, FIGURES_SECONDS)),
    ask(clickhouse, alertRows(scope, { state: 'firing' }, null, ALERTS)),
  ]);
  const order = stages.map(({ name }) => name);
  return { at: now, stages: stageLines(lags, order), topics: topicLines(stored), figures: figureLines(minutes), alerts };
}

/** A screen of its own, which is gone afterwards, so that what was on the terminal is there again. */
const screen = { enter: '\u001b[?1049h\u001b[?25l', leave: '\u001b[?25h\u001b[?1049l', again: '\u001b[H\u001b[J' };

async function show(context: Context, system: System, { tenant, output }: TopOptions, live: boolean): Promise<void> {
  const picture = await look(system, tenant ?? null, context.now());
  if (output === 'json') return context.out(`${JSON.stringify(picture, null, live ? 0 : 2)}\n`);
  const text = topText(picture, { columns: context.columns, colour: context.terminal });
  context.out(`${live && context.terminal ? screen.again : ''}${text}\n`);
}

/** Until Ctrl-C. A look that fails is said and tried again: what is watched may be away. */
async function keepShowing(context: Context, system: System, options: TopOptions): Promise<void> {
  const own = context.terminal && options.output === 'text';
  if (own) context.out(screen.enter);
  try {
    while (!context.signal.aborted) {
      await show(context, system, options, true).catch((error: unknown) =>
        context.err(`${describeFailure(error, { debug: false, colour: context.terminal })}\n`),
      );
      await sleep(options.interval * 1000, undefined, { signal: context.signal }).catch(() => undefined);
    }
  } finally {
    if (own) context.out(screen.leave);
  }
}

/** The command. */
export function topCommand(context: Context): Command {
  const command = new Command('top')
    .description('watch throughput, lag, windows and alerts, live')
    .option('--interval <seconds>', 'between two looks', parseWhole(1, 3600), 2)
    .option('--once', 'one look', false)
    .option('--tenant <id>', 'figures and alerts of this tenant only')
    .addOption(saidOption('json prints one object a look'))
    .action((options: TopOptions) =>
      withSystem(context, (system) => (options.once ? show(context, system, options, false) : keepShowing(context, system, options))),
    );
  return withExamples(
    command,
    ['top', 'until Ctrl-C, a look every two seconds'],
    ['top --once --output json', 'one look, for a program'],
    ['top --tenant harbor-homes --interval 10', "one tenant's figures and alerts"],
  );
}
