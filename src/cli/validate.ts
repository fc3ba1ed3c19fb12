/** `impact validate`: whether what is stored is whole and agrees with itself. */
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { type Finding, overall, type Verdict } from '../domain/validate/finding.ts';
import { parseMoment } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { Unsuccessful } from './failure.ts';
import { withProgress } from './progress.ts';
import { type Row, renderRows } from './render.ts';
import { type Said, saidOption, sayJson } from './said.ts';
import { withSystem } from './system.ts';
import { validate } from './validation.ts';

type Options = { from?: number; to?: number; strict?: true; output: Said };

const WEEK_MS = 7 * 86_400_000;
const BETWEEN_LOOKS_MS = 1_000;
const EVIDENCE_SHOWN = 5;
const INDENT = 28;
const marks: Record<Verdict, string> = { ok: '✓', warning: '!', failed: '✗' };

function show(context: Context, findings: readonly Finding[]): void {
  const colours = pc.createColors(context.terminal);
  const paint: Record<Verdict, (text: string) => string> = { ok: colours.green, warning: colours.yellow, failed: colours.red };
  for (const { check, verdict, seen, expected, evidence } of findings) {
    context.out(`${paint[verdict](marks[verdict])} ${check.padEnd(25)} ${seen}\n`);
    if (verdict === 'ok') continue;
    context.out(`${' '.repeat(INDENT)}${colours.dim(`expected: ${expected}`)}\n`);
    const rows = evidence.slice(0, EVIDENCE_SHOWN) as Row[];
    const table = renderRows(rows, 'table', undefined, context.columns - INDENT);
    if (rows.length > 0) context.out(`${table.replaceAll(/^/gm, ' '.repeat(INDENT))}\n`);
  }
}

async function run(context: Context, { from, to = context.now(), strict, output }: Options): Promise<void> {
  const range = { from: from ?? to - WEEK_MS, to };
  const findings = await withProgress(context, 'validating', (progress) =>
    withSystem(context, (system) =>
      validate(system, { ...range, now: context.now, signal: context.signal, betweenMs: BETWEEN_LOOKS_MS, onCheck: progress.update }),
    ),
  );
  const verdict = overall(findings);
  if (output === 'json') {
    const period = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() };
    sayJson(context, { verdict, period, findings });
  } else show(context, findings);
  if (verdict === 'failed' || (strict && verdict === 'warning')) throw new Unsuccessful(`the stored data is not in order: ${verdict}`);
}

/** Judges a range of days, the last week without one. */
export function validateCommand(context: Context): Command {
  const moment = parseMoment(context.now);
  const command = new Command('validate')
    .description('hold what is stored against itself: tiers, duplicates, gaps, figures, alerts, epochs; exit status 1 when a check fails')
    .addOption(new Option('--from <moment>', 'begin (default: a week before the end)').argParser(moment))
    .addOption(new Option('--to <moment>', 'end (default: now)').argParser(moment))
    .option('--strict', 'exit status 1 on a warning as well')
    .addOption(saidOption())
    .action((options: Options) => run(context, options));
  return withExamples(
    command,
    ['validate', 'the last seven days'],
    ['validate --from 2026-01-01 --to 2026-01-12 --strict --output json', 'for a script'],
  );
}
