/** `impact notify`: who is told of what, and whether they can be reached. */
import { Command, Option } from 'commander';
import { durationText } from '../domain/duration.ts';
import type { Receivers, Routing } from '../domain/notify/routing.ts';
import type { Channel } from '../query/outbox.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { Unsuccessful } from './failure.ts';
import type { Format } from './render.ts';
import { outputOption, sayRows } from './said.ts';
import { withSystem } from './system.ts';

const tried = ['pagerduty', 'slack', 'mail'] as const;
type Tried = Extract<Channel, (typeof tried)[number]>;
type TestOptions = { channel?: Tried; target?: string; output: Format };

const receiversText = ({ pagerduty, slack, mail }: Receivers): string =>
  [...pagerduty.map((service) => `PagerDuty ${service}`), ...slack.map((channel) => `Slack ${channel}`), ...mail].join(', ');

function rowsOf({ routes, escalation, rollouts }: Routing): Record<string, unknown>[] {
  const every = (ms: number): string => durationText(ms);
  return [
    ...routes.map(({ name, match, to, waitMs, repeatMs }) => ({
      what: `route ${name}`,
      of:
        Object.entries(match)
          .map(([field, values]) => `${field} ${values.join('|')}`)
          .join(', ') || 'everything else',
      told: receiversText(to),
      after: every(waitMs),
      again: every(repeatMs),
    })),
    ...escalation.map(({ name, severity, to, afterMs }) => ({
      what: `escalation ${name}`,
      of: `severity ${severity.join('|')}, not acknowledged`,
      told: receiversText(to),
      after: every(afterMs),
      again: '',
    })),
    { what: 'rollouts', of: 'every step', told: receiversText(rollouts), after: '0s', again: '' },
  ];
}

async function routes(context: Context, format: Format): Promise<void> {
  const routing = await withSystem(context, (system) => system.routing());
  sayRows(context, rowsOf(routing), format);
}

/** Every receiver that the routing names, once. */
function receiversOf({ routes: all, escalation, rollouts }: Routing): { channel: Tried; target: string }[] {
  const lists = [...all, ...escalation].map(({ to }) => to).concat(rollouts);
  return tried.flatMap((channel) => [...new Set(lists.flatMap((to) => to[channel]))].map((target) => ({ channel, target })));
}

async function test(context: Context, { channel, target, output }: TestOptions): Promise<void> {
  const results = await withSystem(context, async (system) => {
    const named = channel !== undefined && target !== undefined ? [{ channel, target }] : receiversOf(await system.routing());
    const chosen = named.filter((one) => (channel ?? one.channel) === one.channel && (target ?? one.target) === one.target);
    return Promise.all(chosen.map(async (one) => ({ ...one, outcome: await system.tryReceiver(one.channel, one.target) })));
  });
  const rows = results.map(({ channel: by, target: to, outcome }) => ({
    channel: by,
    target: to,
    outcome: outcome.kind,
    error: outcome.kind === 'sent' ? '' : outcome.error,
  }));
  sayRows(context, rows, output);
  const failed = results.filter(({ outcome }) => outcome.kind !== 'sent' && outcome.kind !== 'skipped');
  if (failed.length > 0) throw new Unsuccessful(`${failed.length} of ${results.length} receivers could not be reached`);
}

/** The command with its subcommands. */
export function notifyCommand(context: Context): Command {
  const routesCommand = new Command('routes')
    .description('who is told of what, by the routing file; every fault of it')
    .addOption(outputOption())
    .action(({ output }: { output: Format }) => routes(context, output));
  const testCommand = new Command('test')
    .description('send a test message to every receiver of the routing file now; exit status 1 when one cannot be reached')
    .addOption(new Option('--channel <channel>', 'this channel only').choices(tried))
    .option('--target <target>', 'this receiver only: a PagerDuty service, a Slack channel or an address')
    .addOption(outputOption())
    .action((options: TestOptions) => test(context, options));
  const command = new Command('notify').description('who is told of what, and whether they can be reached');
  command.addCommand(withExamples(routesCommand, ['notify routes', 'who is told']));
  command.addCommand(
    withExamples(
      testCommand,
      ['notify test', 'everyone in the routing file'],
      ['notify test --channel mail --target ann@example.com', 'one address'],
    ),
  );
  return withExamples(command, ['notify routes', 'who is told'], ['notify test', 'can they be reached?']);
}
