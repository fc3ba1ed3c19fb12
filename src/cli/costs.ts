/** `impact costs`: what days cost. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { recurringOfDay } from '../domain/cost/recurring.ts';
import { type CostDimension, costDimensions, spanProblem, sumCosts } from '../domain/cost.ts';
import { ImpactError } from '../domain/errors.ts';
import { dayAt, plusDays, startOfDay } from '../domain/zone.ts';
import { costsOfDays } from '../query/costs.ts';
import { answer, type Common, tenantOption } from './answer.ts';
import { parseDate } from './argument.ts';
import type { Context } from './context.ts';
import { importCommand, importRows } from './costs-import.ts';
import { withExamples } from './examples.ts';
import { dollarColumn } from './money.ts';
import type { Format } from './render.ts';
import { outputOption, type Said, saidOption, say, sayRows } from './said.ts';

type ListOptions = Common & { from?: string; to?: string; by: CostDimension[]; feature?: string; category?: string };

const list = (context: Context, options: ListOptions): Promise<void> =>
  answer(context, options, async (system, scope) => {
    const last = options.to ?? dayAt(system.config.timeZone, context.now());
    const from = options.from ?? plusDays(last, -29);
    const problem = spanProblem(from, last, dayAt(system.config.timeZone, context.now()));
    if (problem !== null) throw new ImpactError('bad_request', 'there are no costs of these days', { problems: [problem] });
    const { feature, category } = options;
    const detail = { features: feature !== undefined || options.by.includes('feature'), tenants: options.by.includes('tenant') };
    const found = await costsOfDays(system, scope, { from, to: plusDays(last, 1) }, detail);
    const lines = found.filter((one) => (!feature || one.featureId === feature) && (!category || one.category === category));
    const rows = sumCosts(lines, options.by).map(({ key, amountUsdMicros }) => ({ ...key, amountUsd: amountUsdMicros }));
    const total = { [options.by[0] ?? 'day']: 'total', amountUsd: sumCosts(lines, [])[0]?.amountUsdMicros ?? 0 };
    const columns = [...options.by.map((key) => ({ key })), { key: 'amountUsd', title: 'US dollars', ...dollarColumn }];
    if (options.output !== 'table') return { rows: rows.map((row) => ({ ...row, amountUsd: row.amountUsd / 1e6 })) };
    return { rows: [...rows, total], columns };
  });

function listCommand(context: Context): Command {
  const command = new Command('list')
    .description('what days cost: events, manual rows, and where neither says anything the recurring estimates')
    .option('--from <date>', 'first day (default: 30 days up to the last one)', parseDate)
    .option('--to <date>', 'last day (default: today)', parseDate)
    .addOption(new Option('--by <dimension...>', 'one sum for each').choices(costDimensions).default(['category']))
    .option('--feature <name>', 'this feature only')
    .option('--category <name>', 'this category only')
    .addOption(tenantOption())
    .addOption(outputOption())
    .action((options: ListOptions) => list(context, options));
  return withExamples(
    command,
    ['costs list', 'the last 30 days by category'],
    ['costs list --from 2026-01-01 --to 2026-01-31 --by month feature provenance', 'a month by feature, and how it is known'],
  );
}

type AddOptions = {
  category: string;
  amount: string;
  currency: string;
  date?: string;
  feature?: string;
  tenant?: string;
  description?: string;
  id?: string;
  output: Said;
};

/** What a person states is a charge of one day like any other; days past the retention become manual rows. */
async function add(context: Context, options: AddOptions): Promise<void> {
  const config = context.config();
  const day = options.date ?? dayAt(config.timeZone, context.now());
  const iso = (ms: number): string => new Date(ms).toISOString();
  const tags = {
    [config.costsTagCategory]: options.category,
    [config.costsTagFeature]: options.feature,
    [config.costsTagTenant]: options.tenant,
  };
  const row = {
    ProviderName: `stated by ${userInfo().username}`,
    InvoiceId: options.id ?? randomUUID(),
    ServiceName: options.category,
    ChargeCategory: options.amount.startsWith('-') ? 'Credit' : 'Usage',
    ChargeDescription: options.description ?? '',
    ChargePeriodStart: iso(startOfDay(config.timeZone, day)),
    ChargePeriodEnd: iso(startOfDay(config.timeZone, plusDays(day, 1))),
    EffectiveCost: options.amount,
    BillingCurrency: options.currency,
    Tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined)),
  };
  const rows = { rows: [{ place: 'cost', row }], problems: [] };
  const { manualDays } = await importRows(context, rows, { older: 'manual', replace: false, dryRun: false });
  const how = manualDays > 0 ? 'kept as a manual row: its day is past the retention of raw events' : 'acknowledged by Kafka';
  const { amount, currency, category } = options;
  say(context, options.output, `${amount} ${currency} for ${category} on ${day}: ${how}`, {
    id: row.InvoiceId,
    amount,
    currency,
    category,
    day,
    manual: manualDays > 0,
  });
}

function parseAmount(text: string): string {
  if (!/^-?\d{1,12}(\.\d{1,12})?$/.test(text)) throw new InvalidArgumentError('Expected an amount such as 24.50; negative for a credit.');
  return text;
}

function addCommand(context: Context): Command {
  const command = new Command('add')
    .description('state one cost of one day; negative for a credit or refund')
    .requiredOption('--category <name>', 'for example anthropic_api')
    .requiredOption('--amount <amount>', 'decimal, for example 24.50', parseAmount)
    .option('--currency <code>', 'another one needs a rate in COSTS_USD_RATES', 'USD')
    .option('--date <date>', 'the day (default: today)', parseDate)
    .option('--feature <name>', 'whose cost it is (default: platform, shared by all)')
    .option('--tenant <id>', 'who caused it (default: no one tenant)')
    .option('--description <text>', 'what for')
    .option('--id <text>', 'stating the same id again corrects the amount instead of adding one')
    .addOption(saidOption())
    .action((options: AddOptions) => add(context, options));
  return withExamples(
    command,
    ['costs add --category anthropic_api --amount 24.50 --feature ai_coaching --date 2026-01-11', 'a cost of that day'],
    ['costs add --category infrastructure --amount -15.00 --description refund', 'a credit of today'],
  );
}

function recurring(context: Context, output: Format): void {
  const { costsRecurring, costsRecurringFrom, timeZone } = context.config();
  const today = recurringOfDay(dayAt(timeZone, context.now()), costsRecurring);
  const rows = today.map(({ category, amountUsdMicros }) => ({
    category,
    usdPerYear: Number(costsRecurring[category]),
    usdToday: amountUsdMicros / 1e6,
    from: costsRecurringFrom || 'the first stored day',
  }));
  const total = { category: 'total', usdPerYear: rows.reduce((sum, row) => sum + row.usdPerYear, 0) };
  sayRows(context, output === 'table' ? [...rows, total] : rows, output);
}

function recurringCommand(context: Context): Command {
  const command = new Command('recurring')
    .description('the recurring estimates of COSTS_RECURRING, which count on days without an actual or manual cost of their category')
    .addOption(outputOption())
    .action(({ output }: { output: Format }) => recurring(context, output));
  return withExamples(command, ['costs recurring', 'what a year is estimated to cost']);
}

/** The command with its subcommands. */
export function costsCommand(context: Context): Command {
  const command = new Command('costs').description('what the product costs: by category, feature, tenant and day');
  for (const make of [listCommand, addCommand, importCommand, recurringCommand]) command.addCommand(make(context));
  return withExamples(
    command,
    ['costs list --by category provenance', 'the last 30 days'],
    ['costs import invoice.csv --dry-run', 'check an invoice in FOCUS columns'],
  );
}
