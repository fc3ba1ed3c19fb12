/** `impact forecast`: what the next days are expected to be worth and to cost. */
import { Command } from 'commander';
import type { Backtest } from '../domain/forecast/backtest.ts';
import { type Expected, type Forecast, forecast, type Interval } from '../domain/forecast.ts';
import { historyOf } from '../query/forecast.ts';
import { scopeOf } from '../query/scope.ts';
import { type Common, tenantOption } from './answer.ts';
import { parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { dollars, percent } from './money.ts';
import { renderRows } from './render.ts';
import { outputOption, sayJson } from './said.ts';
import { withSystem } from './system.ts';

type Options = Common & { days: number; feature?: string };

const usd = (amount: number): string => dollars(Math.round(amount * 1e6), 0);
const range = ({ lower, upper }: Interval): string => `${usd(lower)} to ${usd(upper)}`;
const row = (what: string, { expected, interval80, interval95 }: Expected) => ({
  what,
  expected: usd(expected),
  '80 %': range(interval80),
  '95 %': range(interval95),
});

function roiRow(roi: Forecast['total']['roiPercent']) {
  const span = (interval: Interval | null): string =>
    interval === null ? '–' : `${percent(interval.lower)} to ${percent(interval.upper)}`;
  if (roi === null) return { what: 'ROI', expected: '– (no cost)', '80 %': '–', '95 %': '–' };
  return { what: 'ROI', expected: percent(roi.expected), '80 %': span(roi.interval80), '95 %': span(roi.interval95) };
}

function triedText(what: string, found: Backtest | null): string {
  if (found === null) return `${what}: too little history to try it on the past`;
  const { origins, horizon, meanAbsoluteError, totalErrorPercent, scaledError, coverage80, coverage95 } = found;
  const began = origins === 1 ? 'once, as if it were an earlier day' : `${origins} times, each as if it were an earlier day`;
  const total = totalErrorPercent === null ? '' : `, totals off by ${totalErrorPercent.toFixed(1)} %`;
  const scaled = scaledError === null ? '' : `, ${scaledError.toFixed(2)} of the error of repeating the week before`;
  return `${what}: tried on the past ${began}, ${horizon} days ahead: days off by ${usd(meanAbsoluteError)}${total}${scaled}; ${coverage80.toFixed(0)} % of days in the 80 % interval, ${coverage95.toFixed(0)} % in the 95 % interval`;
}

function text({ days, total, models, historyDays }: Forecast, columns: number): string {
  const net = { what: 'net', expected: usd(total.netUsd.expected), '80 %': '', '95 %': '' };
  const rows = [row('value', total.valueUsd), row('cost', total.costUsd), net, roiRow(total.roiPercent)];
  const head = `${days.length} days from ${days[0]?.day} on, from ${historyDays} days of history`;
  const table = renderRows(rows, 'table', undefined, columns);
  return [head, table, triedText('value', models.value.backtest), triedText('cost', models.cost.backtest)].join('\n');
}

const csvRows = ({ days }: Forecast) =>
  days.map(({ day, valueUsd, costUsd }) => ({
    day,
    valueUsd: valueUsd.expected,
    valueLower95: valueUsd.interval95.lower,
    valueUpper95: valueUsd.interval95.upper,
    costUsd: costUsd.expected,
    costLower95: costUsd.interval95.lower,
    costUpper95: costUsd.interval95.upper,
  }));

async function run(context: Context, { days, feature, tenant, output }: Options): Promise<void> {
  const history = await withSystem(context, (system) => historyOf(system, scopeOf(tenant ?? null), feature ?? null, context.now()));
  const found = forecast(history, days);
  if (output === 'json') return sayJson(context, found);
  context.out(`${output === 'csv' ? renderRows(csvRows(found), 'csv') : text(found, context.columns)}\n`);
}

/** The command. */
export function forecastCommand(context: Context): Command {
  const command = new Command('forecast')
    .description(
      'what the next days are expected to be worth and to cost, with intervals and how well it went in the past; needs two weeks of days',
    )
    .option('--days <number>', 'how many, today included', parseWhole(1, 90), 30)
    .option('--feature <name>', 'this feature only')
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: Options) => run(context, options));
  return withExamples(
    command,
    ['forecast --days 30', 'the next month'],
    ['forecast --days 90 --feature ai_coaching --output csv', "a feature's quarter, day by day"],
  );
}
