/** `impact alerts`: the alert topic as it is written. */
import { userInfo } from 'node:os';
import { Command } from 'commander';
import pc from 'picocolors';
import type { Transition } from '../domain/alert.ts';
import { ImpactError } from '../domain/errors.ts';
import { topicName } from '../domain/names.ts';
import { valueText } from '../domain/notify/text.ts';
import { topics } from '../domain/topics.ts';
import { acknowledge } from '../query/notify/alert-rows.ts';
import { scopeOf } from '../query/scope.ts';
import { parseMoment } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { type Said, saidOption, say } from './said.ts';
import { type System, withSystem } from './system.ts';

type TailOptions = { since: number; follow: boolean; tenant?: string; output: Said };
type Alert = Record<string, unknown>;

const isoTime = (value: unknown): string => new Date(Number(value)).toISOString().slice(0, 19).replace('T', ' ');

/** One transition as one line. */
function alertLine(alert: Alert, colour: boolean): string {
  const colours = pc.createColors(colour);
  const severity = String(alert['severity']);
  const transition = String(alert['transition']);
  const paint =
    transition === 'resolved'
      ? colours.green
      : severity === 'critical'
        ? colours.red
        : severity === 'warning'
          ? colours.yellow
          : colours.cyan;
  const place = [alert['tenantId'], alert['featureId']].filter(Boolean).join('/') || 'platform';
  return `${isoTime(alert['windowEnd'])}  ${paint(transition.padEnd(11))} ${severity.padEnd(8)} ${String(alert['rule']).padEnd(28)} ${place}  ${valueText(alert as Transition)}`;
}

async function tail(context: Context, system: System, options: TailOptions): Promise<void> {
  const topic = topicName(system.config.namespace, topics.alerts);
  const decoder = system.registry.decoder('alert');
  const reading = { since: options.since, follow: options.follow, signal: context.signal };
  await system.readTopic(topic, reading, async ({ value }) => {
    await decoder.prepare([value]);
    const decoded = decoder.decode(value);
    if (!decoded.ok) return context.err(`a record that is no alert: ${decoded.fault.message}\n`);
    const alert = decoded.record;
    if (options.tenant !== undefined && alert['tenantId'] !== options.tenant) return;
    context.out(`${options.output === 'json' ? JSON.stringify(alert) : alertLine(alert, context.terminal)}\n`);
  });
}

async function acknowledgeOne(context: Context, id: string, by: string, output: Said): Promise<void> {
  const done = await withSystem(context, ({ postgres }) =>
    postgres.transaction((tx) => acknowledge(tx, id, by, scopeOf(null), context.now())),
  );
  if (done === null) throw new ImpactError('not_found', `no alert ${id} is firing`);
  say(context, output, `acknowledged by ${done.acknowledgedBy} at ${isoTime(done.acknowledgedAt)}`, { id, ...done });
}

/** The command with its subcommands. */
export function alertsCommand(context: Context): Command {
  const tailCommand = new Command('tail')
    .description('print alert transitions as they happen, until Ctrl-C')
    .option('--since <moment>', 'begin with transitions of this time, or this old', parseMoment(context.now), context.now() - 3_600_000)
    .option('--no-follow', 'end at what is there now')
    .option('--tenant <id>', 'this tenant only')
    .addOption(saidOption('json prints one object a line'))
    .action((options: TailOptions) => withSystem(context, (system) => tail(context, system, options)));
  const shown = withExamples(
    tailCommand,
    ['alerts tail', 'the last hour, then live'],
    ['alerts tail --since 2h --no-follow --output json', 'for a script'],
  );
  const ackCommand = new Command('ack')
    .description('say that somebody has taken an alert up: it is neither repeated nor escalated any more, unless it gets worse')
    .argument('<id>', 'of the alert, as messages and the API show it')
    .option('--by <name>', 'who', userInfo().username)
    .addOption(saidOption())
    .action((id: string, { by, output }: { by: string; output: Said }) => acknowledgeOne(context, id, by, output));
  const taken = withExamples(ackCommand, ['alerts ack error-rate:1768132800000 --by ann', 'ann looks after it']);
  return withExamples(
    new Command('alerts').description('the alerts').addCommand(shown).addCommand(taken),
    ['alerts tail', 'watch them'],
    ['alerts ack error-rate:1768132800000', 'you look after it'],
  );
}
