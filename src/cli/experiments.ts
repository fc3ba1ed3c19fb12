/** `impact experiments`: what a rollout's measurements say. */
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { calculate } from '../domain/decision/calculator.ts';
import { readCalculatorInput } from '../domain/decision/calculator-input.ts';
import { ImpactError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { listCommand, runCommand } from './experiments-run.ts';
import { jsonText } from './render.ts';

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ImpactError('unprocessable', 'standard input is not JSON', { cause });
  }
}

/** One object gives one; an array gives an array, one result a line. */
export function computeText(json: string): string {
  const value = parse(json);
  const results = readCalculatorInput(value).map(calculate);
  if (!Array.isArray(value)) return `${jsonText(results[0])}\n`;
  return `[\n${results.map((result) => JSON.stringify(result)).join(',\n')}\n]\n`;
}

function computeCommand(context: Context): Command {
  const command = new Command('compute')
    .description(
      'calculate a comparison from sufficient statistics: JSON on standard input, one object or an array; JSON on standard output',
    )
    .addOption(new Option('--output <format>', 'how to print').choices(['json']).default('json'))
    // Read as a stream: a pipe that is slower than we are makes a synchronous read fail.
    .action(async () => context.out(computeText(await text(process.stdin))));
  return withExamples(
    command,
    ['experiments compute < comparison.json', 'one object: metric, control, treatment; docs/experiments.md lists all fields'],
    ['experiments compute < comparisons.json', 'an array: one result a line'],
  );
}

/** The command with its subcommands. */
export function experimentsCommand(context: Context): Command {
  const command = new Command('experiments').description('what rollouts have shown');
  for (const make of [listCommand, runCommand, computeCommand]) command.addCommand(make(context));
  return withExamples(
    command,
    ['experiments run --feature ai_coaching --metric productivity_score', 'what the last 30 days have shown'],
    ['experiments compute < comparisons.json', 'calculate comparisons from sums'],
  );
}
