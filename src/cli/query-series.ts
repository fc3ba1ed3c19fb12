/** `impact query series` and `metrics`: one metric over time, and which there are. */
import { Command, Option } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { type Aggregate, isAggregate } from '../domain/series.ts';
import { sparkline } from '../domain/sparkline.ts';
import { finestStep, type Step, stepEdges, steps } from '../domain/step.ts';
import { metricRows } from '../query/discovery.ts';
import { type Dimension, dimensions, type SeriesRow, seriesRows } from '../query/series.ts';
import { ask } from '../query/statement.ts';
import { answer, type Common, tenantOption } from './answer.ts';
import { parseMoment } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { outputOption } from './said.ts';

const DAY_MS = 86_400_000;
const POINTS = 60;
const MOST_POINTS = 11_000;

type SeriesOptions = Common & {
  metric: string;
  feature?: string;
  variant?: string;
  aggregate: string;
  from: number;
  to: number;
  step?: Step;
  by?: Dimension[];
};

function edgesOf(options: SeriesOptions, zone: string): number[] {
  if (!isAggregate(options.aggregate))
    throw new ImpactError(
      'bad_request',
      `there is no aggregate ${options.aggregate}; try count, sum, mean, min, max, stddev, uniques, value_usd or a percentile such as p95`,
    );
  if (options.from >= options.to) throw new ImpactError('bad_request', '--from must be before --to');
  const step = options.step ?? finestStep(options.from, options.to, POINTS);
  const edges = stepEdges(step, options.from, options.to, zone);
  if (edges.length > MOST_POINTS)
    throw new ImpactError(
      'bad_request',
      `steps of ${step} make ${edges.length} points; at most ${MOST_POINTS} are answered, so take a longer step`,
    );
  return edges;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** Each series as a line of bars, steps without a value as gaps. @param edges where the steps begin, ms */
export function seriesLines(rows: readonly SeriesRow[], edges: readonly number[], by: readonly Dimension[]): string {
  const named = Map.groupBy(rows, (row) => by.map((dimension) => row[dimension] || '-').join(' / '));
  const width = Math.max(0, ...[...named.keys()].map((name) => name.length));
  const lines = [...named].map(([name, of]) => {
    const values = new Map(of.map(({ at, value }) => [at * 1000, value]));
    const known = of.flatMap(({ value }) => value ?? []);
    const bars = sparkline(
      edges.slice(0, -1).map((edge) => values.get(edge) ?? null),
      { width: POINTS },
    );
    return `${name.padEnd(width)}  ${bars}  ${short(Math.min(...known))} to ${short(Math.max(...known))}`.trimStart();
  });
  return lines.join('\n');
}

const series = (context: Context, options: SeriesOptions): Promise<void> =>
  answer(context, options, async ({ clickhouse, config }, scope) => {
    const { metric, feature, variant, by: groupBy = [] } = options;
    const edges = edgesOf(options, config.timeZone);
    const aggregate = options.aggregate as Aggregate;
    const found = await ask(clickhouse, seriesRows(scope, { metric, feature, variant, aggregate, groupBy, edges, limit: MOST_POINTS }));
    const rows = found.map(({ at, ...rest }) => ({ at: new Date(at * 1000).toISOString(), ...rest }));
    return { rows, below: seriesLines(found, edges, groupBy) };
  });

/** The command. */
export function seriesCommand(context: Context): Command {
  const command = new Command('series')
    .description('one metric over time')
    .requiredOption('--metric <name>', 'as `query metrics` lists it')
    .option('--feature <name>', 'this feature only')
    .option('--variant <name>', 'this variant only')
    .option('--aggregate <name>', 'count, rate, sum, mean, min, max, stddev, uniques, value_usd or a percentile such as p95', 'mean')
    .option('--from <moment>', 'begin', parseMoment(context.now), context.now() - DAY_MS)
    .option('--to <moment>', 'end', parseMoment(context.now), context.now())
    .addOption(new Option('--step <length>', `without this, one that gives up to ${POINTS} points`).choices(steps))
    .addOption(new Option('--by <dimension...>', 'one series for each').choices(dimensions))
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: SeriesOptions) => series(context, options));
  return withExamples(
    command,
    ['query series --metric websocket_latency_ms --aggregate p95 --from 2h --step 5m', 'the last two hours'],
    ['query series --metric response_time_seconds --from 30d --step 1d --by tenant', 'a month by tenant'],
  );
}

/** The command. */
export function metricsCommand(context: Context): Command {
  const command = new Command('metrics')
    .description('which features have which metrics, since when and until when')
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: Common) =>
      answer(context, options, async ({ clickhouse }, scope) => ({ rows: await ask(clickhouse, metricRows(scope)) })),
    );
  return withExamples(command, ['query metrics', 'what there is to ask about']);
}
