/** `impact experiments list` and `run`: experiments on stored events, asked from ClickHouse directly. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { policies } from '../domain/decision.ts';
import { type AskedExperiment, experimentQuestion, MOST_DAYS } from '../domain/experiment/question.ts';
import type { ExperimentResult } from '../domain/experiment/result.ts';
import type { ExperimentQuestion } from '../domain/experiment.ts';
import { units } from '../domain/flags/flag.ts';
import type { Period } from '../domain/impact.ts';
import { MOST_LOOKS } from '../domain/stats/group-sequential.ts';
import { betters } from '../domain/stats/margin.ts';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { analyseExperiment } from '../query/experiment/analysis.ts';
import { experimentList } from '../query/experiments.ts';
import { scopeOf } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import { answer, type Common, tenantOption } from './answer.ts';
import { parseMoment, parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { experimentText } from './experiments-text.ts';
import { jsonText } from './render.ts';
import { outputOption } from './said.ts';
import { withSystem } from './system.ts';

const MINUTE = 60_000;

type RunOptions = Omit<AskedExperiment, 'period' | 'metrics' | 'guardrails' | 'daily' | 'zone'> & {
  metric: string[];
  guardrail?: string[];
  days: number;
  from?: number;
  to?: number;
  looks?: true;
  tenant?: string;
  output: 'table' | 'json';
};

/** Whole days, the last of them today; or from and to, in whole minutes. */
function periodOf({ days, from, to }: RunOptions, zone: string, now: number): Period {
  const end = to === undefined ? startOfDay(zone, plusDays(dayAt(zone, now), 1)) : Math.ceil(to / MINUTE) * MINUTE;
  const begin = from === undefined ? startOfDay(zone, plusDays(dayAt(zone, end - 1), 1 - days)) : Math.floor(from / MINUTE) * MINUTE;
  if (begin >= end) throw new InvalidArgumentError('--from must be before --to.');
  return { from: begin, to: end };
}

/** The result as the API answers it, but for times. */
const resultJson = ({ period }: ExperimentQuestion, { action, ...result }: ExperimentResult): string => {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const looks = result.looks.map(({ at, action: recommendation, goals }) => ({ at: iso(at), recommendation, goals }));
  return jsonText({ ...result, period: { from: iso(period.from), to: iso(period.to) }, recommendation: action, looks });
};

async function run(context: Context, options: RunOptions): Promise<void> {
  const { metric, guardrail = [], looks = false, ...rest } = options;
  const text = await withSystem(context, async ({ clickhouse, config, flags }) => {
    const zone = config.timeZone;
    const known = (await flags.list()).flags.find(({ featureId }) => featureId === options.feature) ?? null;
    const asked = { ...rest, metrics: metric, guardrails: guardrail, daily: looks, zone, period: periodOf(options, zone, context.now()) };
    const question = experimentQuestion(asked, known);
    const result = await analyseExperiment(clickhouse, scopeOf(options.tenant ?? null), question);
    return options.output === 'json' ? resultJson(question, result) : experimentText(question, result, context.columns);
  });
  context.out(`${text}\n`);
}

const parseAlpha = (text: string): number => {
  const alpha = Number(text);
  if (!(alpha > 0 && alpha <= 0.5)) throw new InvalidArgumentError('Expected a probability above 0 and up to 0.5, for example 0.05.');
  return alpha;
};

/** The command. */
export function runCommand(context: Context): Command {
  const command = new Command('run')
    .description('what an experiment has shown, and what to do about it')
    .requiredOption('--feature <name>', 'as `experiments list` shows it')
    .requiredOption(
      '--metric <name...>',
      'goals, as their names suggest or with how: revenue:total, errors:ratio:visits, response_time_seconds:p95',
    )
    .option('--guardrail <name...>', 'what must not become worse than a margin in percent: websocket_latency_ms@5')
    .option('--days <number>', 'whole days up to the end of today', parseWhole(1, MOST_DAYS), 30)
    .option('--from <moment>', 'begin, instead of --days', parseMoment(context.now))
    .option('--to <moment>', 'end', parseMoment(context.now))
    .addOption(new Option('--policy <name>', 'whose rules judge').choices(policies).default('sequential'))
    .option('--alpha <number>', 'error probability', parseAlpha, 0.05)
    .option('--looks', 'what was known at the end of each day as well')
    .option(
      '--planned-looks <number>',
      'how often it was planned to look: goals then go by group-sequential bounds',
      parseWhole(1, MOST_LOOKS),
    )
    .option('--pre-days <number>', 'days before the first exposure that CUPED uses, 0 for none (default: 14, classic 0)', parseWhole(0, 90))
    .addOption(new Option('--unit <kind>', 'what was given variants (default: as the flag says, else user)').choices(units))
    .option('--control <variant>', '(default: as the flag says, else control)')
    .option('--treatment <variant>', '(default: as the flag says, else treatment)')
    .addOption(new Option('--better <way>', 'which way the goals are to go (default: by their names)').choices(betters))
    .addOption(tenantOption())
    .addOption(new Option('--output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .action((options: RunOptions) => run(context, options));
  return withExamples(
    command,
    ['experiments run --feature ai_coaching --metric productivity_score', 'the last 30 days'],
    [
      'experiments run --feature ai_coaching --metric productivity_score --guardrail request_error@20 --looks',
      'with a guardrail, day by day',
    ],
    ['experiments run --feature churn_prevention --metric churned --policy classic --output json', 'by the rollout guide'],
  );
}

/** The command. */
export function listCommand(context: Context): Command {
  const command = new Command('list')
    .description('features that units were exposed to')
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: Common) =>
      answer(context, options, async ({ clickhouse }, scope) => {
        const found = await ask(clickhouse, experimentList(scope));
        return {
          rows: found.map(({ feature, variants, exposures, firstDay, lastDay }) => ({
            feature,
            variants: variants.join(', '),
            exposures: exposures.reduce((sum, one) => sum + one, 0),
            first_day: firstDay,
            last_day: lastDay,
          })),
        };
      }),
    );
  return withExamples(command, ['experiments list', 'what there is to run']);
}
