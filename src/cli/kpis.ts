/** `impact kpis`: the checklists of the first week, month and quarter. */
import { userInfo } from 'node:os';
import { Argument, Command, Option } from 'commander';
import pc from 'picocolors';
import { ImpactError } from '../domain/errors.ts';
import { attestedLines, type KpiChecklist, type KpiPeriod, type KpiResult, type KpiState, kpiPeriods } from '../domain/kpi.ts';
import { attestKpi, checklist, kpiBegin } from '../query/kpi.ts';
import type { KpiDeps } from '../query/kpi-facts.ts';
import { parseDate } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { type Said, saidOption, say, sayJson } from './said.ts';
import { type System, withSystem } from './system.ts';

const TIMEOUT_MS = 3_000;

/** The dashboard as a reader's browser finds it. */
async function dashboardAt(url: string): Promise<{ answers: boolean; seen: string }> {
  try {
    const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { answers: ok, seen: `the dashboard at ${url} answers ${status}` };
  } catch {
    return { answers: false, seen: `the dashboard at ${url} does not answer` };
  }
}

const kpisOf = (system: System): KpiDeps => ({
  ...system,
  dashboard: () => dashboardAt(`http://${system.config.apiHost}:${system.config.apiPort}/`),
});

async function sinceOf(kpis: KpiDeps, asked: string | undefined): Promise<string> {
  const since = await kpiBegin(kpis, asked);
  if (since !== null) return since;
  throw new ImpactError('unprocessable', 'nothing is stored yet: name the day on which the product went live by --since or KPI_SINCE');
}

const marks: Record<KpiState, string> = { met: '✓', missed: '✗', pending: '·', attested: '✓', denied: '✗', unattested: '?' };

function lineText({ state, title, judgedBy, evidence, id }: KpiResult, colour: boolean): string[] {
  const { green, red, dim } = pc.createColors(colour);
  const paint = marks[state] === '✓' ? green : marks[state] === '✗' ? red : dim;
  const who = judgedBy === 'person' ? ` (${state}; ${id})` : '';
  return [`  ${paint(marks[state])} ${title}${who}`, dim(`      ${evidence}`)];
}

function text({ period, from, to, complete, lines }: KpiChecklist, colour: boolean): string {
  const head = `${period}: ${from} to ${to}${complete ? '' : ', still going on'}`;
  return [head, ...lines.flatMap((line) => lineText(line, colour))].join('\n');
}

type ShowOptions = { period?: KpiPeriod; since?: string; output: Said };

async function show(context: Context, { period, since: asked, output }: ShowOptions): Promise<void> {
  const found = await withSystem(context, async (system) => {
    const kpis = kpisOf(system);
    const since = await sinceOf(kpis, asked);
    const wanted = period === undefined ? kpiPeriods : [period];
    const all = await Promise.all(wanted.map((one) => checklist(kpis, one, since, context.now())));
    return all.filter((one) => one !== null);
  });
  if (output === 'json') return sayJson(context, found);
  context.out(`${found.map((one) => text(one, context.terminal)).join('\n\n')}\n`);
}

type AttestOptions = { met?: true; notMet?: true; note: string; since?: string; output: Said };

async function attest(
  context: Context,
  command: Command,
  line: string,
  { met, notMet, note, since: asked, output }: AttestOptions,
): Promise<void> {
  if ((met === true) === (notMet === true)) command.error('error: say --met or --not-met, one of them', { exitCode: 2 });
  const since = await withSystem(context, async (system) => {
    const begin = await sinceOf(kpisOf(system), asked);
    await attestKpi(system.postgres, { since: begin, line, met: met === true, note, by: userInfo().username });
    return begin;
  });
  const by = userInfo().username;
  say(context, output, `${line} ${met ? 'attested' : 'denied'} by ${by}, counted from ${since}`, {
    line,
    met: met === true,
    note,
    by,
    since,
  });
}

const sinceOption = (): Option =>
  new Option('--since <date>', 'the day on which the product went live (default: KPI_SINCE, else the first stored day)').argParser(
    parseDate,
  );

/** The command with its subcommands. */
export function kpisCommand(context: Context): Command {
  const showCommand = new Command('show')
    .description('the checklists, judged now, with the evidence for each line')
    .addOption(new Option('--period <name>', 'this one only').choices(kpiPeriods))
    .addOption(sinceOption())
    .addOption(saidOption())
    .action((options: ShowOptions) => show(context, options));
  const attestCommand = new Command('attest')
    .description('give your word on a line that no machine can judge; the newest word counts, all are kept')
    .addArgument(new Argument('<line>', 'which one').choices(attestedLines))
    .option('--met', 'it is so')
    .option('--not-met', 'it is not so')
    .requiredOption('--note <text>', 'what you go by')
    .addOption(sinceOption())
    .addOption(saidOption());
  attestCommand.action((line: string, options: AttestOptions) => attest(context, attestCommand, line, options));
  const command = new Command('kpis').description('the checklists of the first week, month and quarter');
  command.addCommand(
    withExamples(
      showCommand,
      ['kpis show --period week-1 --since 2026-01-05', 'the first week'],
      ['kpis show --output json', 'all, for a script'],
    ),
    {
      isDefault: true,
    },
  );
  command.addCommand(
    withExamples(attestCommand, ['kpis attest stakeholder-confidence --met --note "review of 11 January"', 'kept with your name']),
  );
  return withExamples(command, ['kpis', 'all three'], ['kpis show --period month-1', 'the first month']);
}
