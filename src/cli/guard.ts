/** `impact guard`: the stage that rolls back by itself, tried out. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { parse } from 'yaml';
import { ImpactError } from '../domain/errors.ts';
import { readScenario, type Scenario } from '../domain/guard/scenario.ts';
import { type SimulatedRun, simulate } from '../domain/guard/simulation.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { type Format, jsonText, renderRows } from './render.ts';
import { outputOption } from './said.ts';

type Options = Partial<Record<'requests' | 'minutes' | 'runs' | 'seed', string>> &
  Partial<Record<'errors' | 'latency' | 'metric', string>> & { output: Format };

/** What is no number stays text, and is refused with the scenario's other faults. */
const numberIn = (text: string): number | string => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text));

/** "1:5" -> 1 in control, 5 in treatment; "5" -> the same in both. */
function pairOf(text: string): (number | string)[] {
  const [control = '', treatment = control] = text.split(':');
  return [numberIn(control), numberIn(treatment)];
}

type Document = Record<string, unknown>;

function withOptions(document: Document, options: Options): Document {
  const own: Document = { ...document };
  const numbers = { requests: 'requestsPerMinute', minutes: 'minutes', runs: 'runs', seed: 'seed' } as const;
  for (const [option, field] of Object.entries(numbers)) {
    const text = options[option as keyof typeof numbers];
    if (text !== undefined) own[field] = numberIn(text);
  }
  const pairs = { errors: 'errorRatePercent', latency: 'latencyMs', metric: 'metric' } as const;
  for (const [option, field] of Object.entries(pairs)) {
    const text = options[option as keyof typeof pairs];
    if (text === undefined) continue;
    const [control, treatment] = pairOf(text);
    own['control'] = { ...(own['control'] as Document | undefined), [field]: control };
    own['treatment'] = { ...(own['treatment'] as Document | undefined), [field]: treatment };
  }
  return own;
}

/** @throws ImpactError `unprocessable` for a file that is no YAML or JSON, or no scenario */
function scenarioOf(text: string | null, options: Options): Scenario {
  let document: unknown = {};
  try {
    if (text !== null) document = parse(text) ?? {};
  } catch (cause) {
    throw new ImpactError('unprocessable', 'the scenario is neither YAML nor JSON', { cause });
  }
  if (typeof document !== 'object' || Array.isArray(document)) return readScenario(document);
  return readScenario(withOptions(document as Document, options));
}

/** "7:05" minutes and seconds. */
const clockText = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

const round = (value: number): number => Number(value.toPrecision(4));

function rowOf({ seed, afterSeconds, rollback }: SimulatedRun): Record<string, unknown> {
  const none = {
    seed,
    rolled_back_after: 'not rolled back',
    reason: '',
    guardrail: '',
    test: '',
    n: '',
    effect: '',
    interval: '',
    e_value: '',
  };
  if (rollback === null || afterSeconds === null) return none;
  const { reason, guardrail, test, controlN, treatmentN, effect, intervalLow, intervalHigh, eValue } = rollback;
  return {
    seed,
    rolled_back_after: clockText(afterSeconds),
    reason,
    guardrail,
    test,
    n: `${controlN}+${treatmentN}`,
    effect: round(effect),
    interval: intervalLow === null ? '' : `${round(intervalLow)} to ${round(intervalHigh ?? 0)}`,
    e_value: round(eValue),
  };
}

/** The simulation as it is printed. */
function simulationText(scenario: Scenario, output: Format, columns: number): string {
  const result = simulate(scenario);
  if (output === 'json') return `${jsonText({ scenario, ...result })}\n`;
  const rows = renderRows(result.runs.map(rowOf), output, undefined, columns);
  if (output === 'csv') return `${rows}\n`;
  const median = result.medianSeconds === null ? '' : `, the median after ${clockText(result.medianSeconds)}`;
  return `${rows}\n\n${result.rolledBack} of ${scenario.runs} rolled back within ${scenario.minutes} min${median}\n`;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ImpactError('not_found', `the scenario ${file} cannot be read`, { cause });
  }
}

function simulateCommand(context: Context): Command {
  const command = new Command('simulate')
    .description('would the guard roll this back, and when? Made-up rollouts through its own decisions; nothing is connected')
    .argument('[file]', 'scenario in YAML or JSON; options win over it')
    .option('--errors <control:treatment>', 'failing requests in percent, for example 1:5; one number is that of both arms')
    .option('--latency <control:treatment>', 'mean latency in milliseconds, for example 80:120')
    .option('--metric <control:treatment>', 'mean of a metric of which more is better, for example 10:6')
    .option('--requests <n>', "each arm's requests a minute")
    .option('--minutes <n>', 'how long the rollout lasts')
    .option('--runs <n>', 'how many rollouts, each with the next seed')
    .option('--seed <n>', 'of the first one')
    .addOption(outputOption())
    .action((file: string | undefined, options: Options) => {
      context.out(simulationText(scenarioOf(file === undefined ? null : contentOf(file), options), options.output, context.columns));
    });
  return withExamples(
    command,
    ['guard simulate --errors 1:5', 'one failing request of a hundred becomes five'],
    ['guard simulate --errors 1:1 --runs 100', 'how often would a harmless feature be rolled back?'],
    ['guard simulate scenario.yaml --output json', 'docs/guard.md lists all fields'],
  );
}

/** The command with its subcommands. */
export function guardCommand(context: Context): Command {
  return withExamples(new Command('guard').description('rollbacks without anybody asking').addCommand(simulateCommand(context)), [
    'guard simulate --errors 1:5',
    'when would it roll back?',
  ]);
}
