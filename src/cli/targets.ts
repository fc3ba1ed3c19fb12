/** `impact targets`: what figures are to reach. */
import { userInfo } from 'node:os';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { targetProblems, targetsOn } from '../domain/target-choice.ts';
import { type TargetMetric, targetMetricNames, targetMetrics } from '../domain/target-metrics.ts';
import { dayAt } from '../domain/zone.ts';
import { scopeOf } from '../query/scope.ts';
import { readTargets, setTarget, targetVersions } from '../query/targets.ts';
import { answer, type Common, tenantOption } from './answer.ts';
import { parseDate } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { outputOption, type Said, saidOption, say } from './said.ts';
import { withSystem } from './system.ts';

type ListOptions = Common & { date?: string; feature?: string };

const list = (context: Context, options: ListOptions): Promise<void> =>
  answer(context, options, async ({ postgres, config }, scope) => {
    const day = options.date ?? dayAt(config.timeZone, context.now());
    const found = targetsOn(await readTargets(postgres, scope, config), { day, featureId: options.feature ?? '' });
    return {
      rows: found.map(({ metric, set, ...lines }) => ({
        metric,
        ...lines,
        unit: targetMetrics[metric].unit,
        better: targetMetrics[metric].better,
        set: set === null ? 'default' : `version ${set.version}, from ${set.effectiveFrom}`,
      })),
    };
  });

const history = (context: Context, metric: TargetMetric, options: Common): Promise<void> =>
  answer(context, options, async ({ postgres }, scope) => {
    const versions = await targetVersions(postgres, scope, metric);
    return {
      rows: versions.map(({ effectiveFrom, version, tenantId, featureId, target, warning, critical, setBy, setAt, reason }) => ({
        from: effectiveFrom,
        version,
        tenant: tenantId || '(everyone)',
        feature: featureId || '(platform)',
        target: target ?? 'withdrawn',
        warning,
        critical,
        set: `${setAt.toISOString().slice(0, 16).replace('T', ' ')} by ${setBy}`,
        reason,
      })),
    };
  });

type SetOptions = { tenant?: string; feature?: string; from?: string; warning?: number; critical?: number; reason: string; output: Said };

async function set(context: Context, metric: TargetMetric, target: number | null, options: SetOptions): Promise<void> {
  const { warning = null, critical = null, tenant, feature = '', from, reason } = options;
  const problems = targetProblems(metric, { target, warning, critical });
  if (problems.length > 0) throw new ImpactError('unprocessable', 'the lines contradict each other', { problems });
  const config = context.config();
  const effectiveFrom = from ?? dayAt(config.timeZone, context.now());
  const tenantId = scopeOf(tenant ?? null).tenantId ?? '';
  const wanted = { metric, tenantId, featureId: feature, effectiveFrom, target, warning, critical };
  const stored = await withSystem(context, ({ postgres }) => setTarget(postgres, wanted, { by: userInfo().username, reason }), config);
  const what = target === null ? 'withdrawn' : `${target} ${targetMetrics[metric].unit}`;
  say(context, options.output, `${metric} ${what} from ${effectiveFrom} on, version ${stored.version}`, stored);
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

const metricArgument = (): Argument => new Argument('<metric>', 'as `targets list` names it').choices(targetMetricNames);

const withPlace = (command: Command): Command =>
  command
    .addOption(tenantOption())
    .option('--feature <name>', 'this feature only')
    .option('--from <date>', 'in force from this day on (default: today)', parseDate)
    .requiredOption('--reason <text>', 'why, for the history')
    .addOption(saidOption());

function setCommand(context: Context): Command {
  const command = new Command('set').description('set a target from a day on').addArgument(metricArgument());
  withPlace(command.argument('<value>', "in the metric's unit", parseNumber))
    .option('--warning <value>', 'the line at which it is a warning', parseNumber)
    .option('--critical <value>', 'the line at which it is critical', parseNumber)
    .action((metric: TargetMetric, value: number, options: SetOptions) => set(context, metric, value, options));
  return withExamples(
    command,
    ['targets set roi_percent 800 --warning 600 --critical 300 --from 2026-04-01 --reason "second quarter"', 'everyone, from April on'],
    ['targets set adoption_percent 70 --tenant acme --feature ai_coaching --reason pilot', "one tenant's feature"],
  );
}

function withdrawCommand(context: Context): Command {
  const command = new Command('withdraw').description('take back what was set for a day: what was in force before is again');
  withPlace(command.addArgument(metricArgument())).action((metric: TargetMetric, options: SetOptions) =>
    set(context, metric, null, options),
  );
  return withExamples(command, ['targets withdraw roi_percent --from 2026-04-01 --reason "set by mistake"', 'the default again']);
}

/** The command with its subcommands. */
export function targetsCommand(context: Context): Command {
  const listCommand = new Command('list')
    .description('targets in force on a day, and where each comes from')
    .option('--date <date>', 'the day (default: today)', parseDate)
    .option('--feature <name>', 'as this feature has them')
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: ListOptions) => list(context, options));
  const historyCommand = new Command('history')
    .description('who set a target, when, why and from which day on')
    .addArgument(metricArgument())
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((metric: TargetMetric, options: Common) => history(context, metric, options));
  const command = new Command('targets').description('what figures are to reach, for everyone, a tenant or a feature, from a day on');
  command.addCommand(
    withExamples(listCommand, ['targets list', 'today'], ['targets list --feature ai_coaching --date 2026-04-01', 'as it will be']),
  );
  command.addCommand(setCommand(context)).addCommand(withdrawCommand(context));
  command.addCommand(withExamples(historyCommand, ['targets history roi_percent', 'how it came to be']));
  return withExamples(
    command,
    ['targets list', 'what is in force today'],
    ['targets set roi_percent 800 --reason "second quarter"', 'from today on'],
  );
}
