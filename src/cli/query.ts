/** `impact query`: the stored figures, asked from ClickHouse directly. */
import { Command } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { type FeatureImpact, type Impact, impactOf } from '../domain/impact.ts';
import { cover } from '../domain/tier.ts';
import { dayAt, dayEdges, plusDays, startOfDay } from '../domain/zone.ts';
import { dayRows } from '../query/days.ts';
import { impactRows } from '../query/impact.ts';
import { ask } from '../query/statement.ts';
import { answer, type Common, tenantOption } from './answer.ts';
import { parseDate, parseMoment, parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { countColumn, dollarColumn, percentColumn } from './money.ts';
import { eventCommand } from './query-event.ts';
import { metricsCommand, seriesCommand } from './query-series.ts';
import type { Column, Row } from './render.ts';
import { outputOption } from './said.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const impactColumns: Column[] = [
  { key: 'feature' },
  { key: 'n', title: 'uses', ...countColumn },
  { key: 'valueUsdMicros', title: 'value', ...dollarColumn },
  { key: 'costUsdMicros', title: 'cost', ...dollarColumn },
  { key: 'netUsdMicros', title: 'net', ...dollarColumn },
  { key: 'roiPercent', title: 'ROI', ...percentColumn },
  { key: 'annualisedValueUsdMicros', title: 'value a year', ...dollarColumn },
];

/** The features' lines and the total's, without what a table cannot hold. */
function impactLines({ features, total }: Impact): Row[] {
  const line = ({ keyMetric: _, annualTargetUsd: __, ...figures }: FeatureImpact): Row => figures;
  return [...features.map(line), { feature: 'total', ...total }];
}

type ImpactOptions = Common & { date?: string; from?: number; to?: number };

/** Whole minutes: the finest that the rollups know. */
function periodOf(context: Context, zone: string, { date, from, to }: ImpactOptions): { from: number; to: number } {
  if (date !== undefined) return { from: startOfDay(zone, date), to: startOfDay(zone, plusDays(date, 1)) };
  const end = Math.ceil((to ?? context.now()) / MINUTE_MS) * MINUTE_MS;
  const start = Math.floor((from ?? end - 30 * DAY_MS) / MINUTE_MS) * MINUTE_MS;
  if (start >= end) throw new ImpactError('bad_request', '--from must be before --to');
  return { from: start, to: end };
}

const impact = (context: Context, options: ImpactOptions): Promise<void> =>
  answer(context, options, async ({ clickhouse, config }, scope) => {
    const period = periodOf(context, config.timeZone, options);
    const rows = await ask(clickhouse, impactRows(scope, cover(period.from, period.to)));
    return { rows: impactLines(impactOf(rows, period)), columns: impactColumns };
  });

const days = (context: Context, options: Common & { days: number }): Promise<void> =>
  answer(context, options, async ({ clickhouse, config }, scope) => {
    const edges = dayEdges(config.timeZone, context.now(), options.days);
    const found = await ask(clickhouse, dayRows(scope, edges));
    const rows = edges.slice(0, -1).map((from, index) => {
      const period = { from, to: edges[index + 1] ?? from };
      const { total } = impactOf(
        found.filter(({ at }) => at * 1000 === from),
        period,
      );
      return { day: dayAt(config.timeZone, from), ...total };
    });
    return { rows, columns: [{ key: 'day' }, ...impactColumns.slice(1, -1)] };
  });

function impactCommand(context: Context): Command {
  const command = new Command('impact')
    .description('value, cost and ROI of a period by feature; the last 30 days when no period is named')
    .option('--date <date>', 'one day', parseDate)
    .option('--from <moment>', 'begin of the period', parseMoment(context.now))
    .option('--to <moment>', 'end of the period', parseMoment(context.now))
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: ImpactOptions) => impact(context, options));
  return withExamples(
    command,
    ['query impact', 'the last 30 days'],
    ['query impact --date 2026-01-11 --tenant harbor-homes', "one tenant's day"],
  );
}

function daysCommand(context: Context): Command {
  const command = new Command('days')
    .description('value, cost and ROI of each of the last days')
    .option('--days <number>', 'how many, today included', parseWhole(1, 3_660), 30)
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: Common & { days: number }) => days(context, options));
  return withExamples(command, ['query days', 'the last month'], ['query days --days 365 --output csv', 'a year for a spreadsheet']);
}

/** The command with its subcommands. */
export function queryCommand(context: Context): Command {
  const command = new Command('query').description('the stored figures: tables, JSON or CSV');
  for (const make of [impactCommand, daysCommand, seriesCommand, metricsCommand, eventCommand]) command.addCommand(make(context));
  return withExamples(
    command,
    ['query impact', 'what each feature is worth'],
    ['query series --metric request_error --aggregate mean --from 6h', 'error share over time'],
  );
}
