/** `impact health`: one look at every component and every stage, wherever it runs. */
import { Command } from 'commander';
import pc from 'picocolors';
import { stages } from '../../streams/topology.ts';
import { type StageHealthRow, stageHealth } from '../query/stage-health.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { describeFailure, Unsuccessful } from './failure.ts';
import { LIMIT_MS, withinLimit } from './limit.ts';
import { type Said, saidOption, sayJson } from './said.ts';
import { type System, withSystem } from './system.ts';

type Found = { kind: 'component' | 'stage'; name: string; ready: boolean | null; seen: string };

const faultOf = (error: unknown): string =>
  describeFailure(error, { debug: false, colour: false })
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, '; ');

async function component([name, probe]: [string, () => Promise<string>]): Promise<Found> {
  try {
    return { kind: 'component', name, ready: true, seen: await withinLimit(probe()) };
  } catch (error) {
    return { kind: 'component', name, ready: false, seen: faultOf(error) };
  }
}

type Ready = { stages: { name: string; ready: boolean; reasons: string[] }[] };

/** What the process with the API says of itself and of the other stages in it; null: it does not answer. */
async function askApi({ config }: System): Promise<Ready | null> {
  try {
    const host = config.apiHost === '0.0.0.0' ? '127.0.0.1' : config.apiHost;
    const url = new URL(`http://${host.includes(':') ? `[${host}]` : host}:${config.apiPort}/ready`);
    return (await (await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) })).json()) as Ready;
  } catch {
    return null;
  }
}

function stageOf(name: string, told: Ready | null, rows: readonly StageHealthRow[]): Found {
  const own = told?.stages.find((stage) => stage.name === name);
  if (own !== undefined) return { kind: 'stage', name, ready: own.ready, seen: own.ready ? 'ready' : own.reasons.join('; ') };
  if (name === 'api') return { kind: 'stage', name, ready: false, seen: 'does not answer at API_HOST and API_PORT' };
  const row = rows.find((one) => one.stage === name);
  return { kind: 'stage', name, ready: row?.ready ?? null, seen: row?.seen ?? 'nothing is known of it' };
}

async function stagesOf(system: System, now: number): Promise<Found[]> {
  const names = stages.map(({ name }) => name);
  const [told, rows] = await Promise.all([askApi(system), stageHealth(system, names, now).catch(() => [])]);
  return names.map((name) => stageOf(name, told, rows));
}

function show(context: Context, found: readonly Found[]): void {
  const colours = pc.createColors(context.terminal);
  const sign = ({ ready }: Found): string => (ready === null ? colours.dim('–') : ready ? colours.green('✓') : colours.red('✗'));
  for (const kind of ['component', 'stage'] as const) {
    context.out(`${kind === 'component' ? 'Components' : '\nStages'}\n`);
    for (const one of found.filter((each) => each.kind === kind)) context.out(`${sign(one)} ${one.name.padEnd(12)} ${one.seen}\n`);
  }
}

async function health(context: Context, output: Said): Promise<void> {
  const found = await withSystem(context, async (system) =>
    (await Promise.all([Promise.all(Object.entries(system.probes).map(component)), stagesOf(system, context.now())])).flat(),
  );
  const bad = found.filter(({ ready }) => ready === false);
  const text = { healthy: bad.length === 0, components: [] as object[], stages: [] as object[] };
  for (const { kind, ...rest } of found) text[kind === 'component' ? 'components' : 'stages'].push(rest);
  if (output === 'json') sayJson(context, text);
  else show(context, found);
  if (bad.length > 0) throw new Unsuccessful(bad.map(({ name }) => name).join(', '));
}

/** The command. */
export function healthCommand(context: Context): Command {
  const command = new Command('health')
    .description('one look at every component and every stage; exit status 1 when one is not ready')
    .addOption(saidOption())
    .action(({ output }: { output: Said }) => health(context, output));
  return withExamples(command, ['health', 'is everything up?'], ['health --output json', 'for a script']);
}
