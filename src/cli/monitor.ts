/** `impact monitor`: every threshold and the system itself, once or again and again. It looks; alerts are raised and told by the stages. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { type CheckState, checkStates, type MonitorCheck, type MonitorVerdict } from '../domain/monitor.ts';
import { monitorNow } from '../query/monitor.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { describeFailure, Unsuccessful } from './failure.ts';
import { type Said, saidOption, sayJson } from './said.ts';
import { type System, withSystem } from './system.ts';

export type MonitorOptions = { continuous: boolean; output: Said; failOn: 'critical' | 'warning' };

const signs: Record<CheckState, string> = { ok: '✓', warning: '!', critical: '✗', unknown: '–' };
const NAME_WIDTH = 26;

function line({ name, state, seen, hint }: MonitorCheck, colour: boolean): string {
  const colours = pc.createColors(colour);
  const paint = { ok: colours.green, warning: colours.yellow, critical: colours.red, unknown: colours.dim }[state];
  const bad = state === 'critical' || state === 'warning';
  const advice = bad ? `\n${' '.repeat(NAME_WIDTH + 3)}${colours.dim('→')} ${hint}` : '';
  return `${paint(signs[state])} ${name.padEnd(NAME_WIDTH)} ${seen}${advice}`;
}

/** Thresholds, then the system, then the verdict. */
function verdictText({ state, checks }: MonitorVerdict, colour: boolean): string {
  const section = (title: string, kind: MonitorCheck['kind']): string[] => [
    title,
    ...checks.filter((check) => check.kind === kind).map((check) => line(check, colour)),
  ];
  const count = (of: CheckState): number => checks.filter((check) => check.state === of).length;
  const counts = checkStates.map((one) => `${count(one)} ${one}`).join(', ');
  return [...section('Thresholds', 'threshold'), '', ...section('The system itself', 'system'), '', `${state}: ${counts}`].join('\n');
}

const isBad = (state: CheckState, failOn: MonitorOptions['failOn']): boolean =>
  state === 'critical' || (failOn === 'warning' && state === 'warning');

async function look(context: Context, system: System, { output, continuous }: MonitorOptions): Promise<MonitorVerdict> {
  const at = context.now();
  const verdict = await monitorNow(system, at);
  const time = new Date(at).toISOString();
  const found = { at: time, ...verdict };
  // Of many looks each is a line.
  if (output === 'json' && continuous) context.out(`${JSON.stringify(found)}\n`);
  else if (output === 'json') sayJson(context, found);
  else context.out(`${continuous ? `${time.slice(0, 19).replace('T', ' ')} UTC\n` : ''}${verdictText(verdict, context.terminal)}\n`);
  return verdict;
}

/** Until Ctrl-C. A look that fails is said and tried again: what is watched may be away. */
async function keepLooking(context: Context, system: System, options: MonitorOptions): Promise<void> {
  while (!context.signal.aborted) {
    await look(context, system, options).catch((error: unknown) =>
      context.err(`${describeFailure(error, { debug: false, colour: context.terminal })}\n`),
    );
    await sleep(system.config.monitorIntervalMs, undefined, { signal: context.signal }).catch(() => undefined);
  }
}

/** @throws Unsuccessful when the one look found something as bad as `failOn` */
export async function monitor(context: Context, options: MonitorOptions): Promise<void> {
  await withSystem(context, async (system) => {
    if (options.continuous) return keepLooking(context, system, options);
    const { state } = await look(context, system, options);
    if (isBad(state, options.failOn)) throw new Unsuccessful(state);
  });
}

/** The command. */
export function monitorCommand(context: Context): Command {
  const command = new Command('monitor')
    .description('hold every threshold and the system itself against what is measured; exit status 1 when something is critical')
    .option('--continuous', 'look every MONITOR_INTERVAL_MS until Ctrl-C', false)
    .addOption(new Option('--fail-on <state>', 'exit status 1 from this on').choices(['critical', 'warning']).default('critical'))
    .addOption(saidOption('json prints one object a look'))
    .action((options: MonitorOptions) => monitor(context, options));
  return withExamples(
    command,
    ['monitor', 'one look'],
    ['monitor --continuous', 'every five minutes'],
    ['monitor --fail-on warning --output json', 'for a script'],
  );
}
