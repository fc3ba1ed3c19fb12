/** One row of a FOCUS dataset -> a charge in US dollars, or everything that is wrong with it. */
import { Decimal } from 'decimal.js';
import type { Charge } from '../cost/charge.ts';
import type { Problem } from '../errors.ts';
import { PLATFORM } from '../event.ts';
import { chargeCategories, focusAmounts, focusMoments, focusRequired, isFocusColumn, RATE_COLUMN } from './columns.ts';
import { Exact, FocusReader, type FocusRow, textOf } from './reader.ts';

/** What the installation says about costs. */
export type CostRules = {
  /** US dollars for one unit of a currency, decimal text. */
  usdRates: Readonly<Record<string, string>>;
  /** Names of the tags that say which feature, tenant and category a charge is for. */
  tags: { feature: string; tenant: string; category: string };
  /** Whose costs are those that no tag gives to a tenant. */
  sharedTenant: string;
};

const LARGEST_USD = '999999999.999999';
/** What the door for events refuses in texts: control characters, halves of surrogate pairs, and the sign for what was not UTF-8. */
const broken = /[\p{Cc}\p{Cs}\uFFFD]/u;
const brokenParts = new RegExp(broken, 'gu');
const LONGEST_MS = 400 * 86_400_000;

function checkColumns(reader: FocusReader): void {
  for (const column of Object.keys(reader.row))
    if (!isFocusColumn(column)) reader.fault(column, 'a column of FOCUS 1.2, or a custom one whose name begins with x_');
  for (const column of focusRequired)
    if (reader.text(column) === '') reader.fault(column, `a value; ${focusRequired.join(', ')} are needed`);
}

function checkWords(reader: FocusReader): void {
  const category = reader.text('ChargeCategory');
  if (category !== '' && !(chargeCategories as readonly string[]).includes(category))
    reader.fault('ChargeCategory', `one of ${chargeCategories.join(', ')}`);
  const chargeClass = reader.text('ChargeClass');
  if (chargeClass !== '' && chargeClass !== 'Correction') reader.fault('ChargeClass', 'nothing, or Correction');
}

/** Every amount and moment must be one, also where only EffectiveCost is used. */
function checkNumbers(reader: FocusReader): void {
  for (const column of focusAmounts) if (column !== 'EffectiveCost') reader.decimal(column);
  for (const column of focusMoments) if (!column.startsWith('Charge')) reader.moment(column);
}

function rateOf(reader: FocusReader, { usdRates }: CostRules): Decimal | null {
  const currency = reader.text('BillingCurrency');
  if (currency === '') return null;
  if (!/^[A-Z]{3}$/.test(currency)) {
    reader.fault('BillingCurrency', 'an ISO 4217 code, for example USD');
    return null;
  }
  if (currency === 'USD') return new Exact(1);
  const stated = reader.decimal(RATE_COLUMN);
  const rate = stated ?? (usdRates[currency] === undefined ? null : new Exact(usdRates[currency]));
  if (rate?.gt(0)) return rate;
  reader.fault(
    'BillingCurrency',
    `USD, or a rate: ${RATE_COLUMN} in the row, or ${currency}=… (US dollars for one ${currency}) in COSTS_USD_RATES`,
  );
  return null;
}

/** Rounded half to even: as many rows are rounded up as down, so that a large dataset does not drift. */
function microsOf(reader: FocusReader, rules: CostRules): { micros: number; stated: Charge['stated'] } | null {
  const [amount, rate] = [reader.decimal('EffectiveCost'), rateOf(reader, rules)];
  if (amount === null || rate === null) return null;
  const usd = amount.times(rate);
  if (usd.abs().gt(LARGEST_USD)) {
    reader.fault('EffectiveCost', `at most ${LARGEST_USD} US dollars either way`);
    return null;
  }
  const micros = usd.times(1e6).toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN).toNumber() || 0;
  return { micros, stated: { amount: amount.toString(), currency: reader.text('BillingCurrency'), rate: rate.toString() } };
}

function periodOf(reader: FocusReader): { start: number; end: number } | null {
  const [start, end] = [reader.moment('ChargePeriodStart'), reader.moment('ChargePeriodEnd')];
  if (start === null || end === null) return null;
  if (end > start && end - start <= LONGEST_MS) return { start, end };
  reader.fault('ChargePeriodEnd', 'the exclusive end: later than ChargePeriodStart, and at most 400 days later');
  return null;
}

/** "AI and Machine Learning" -> "ai_and_machine_learning". */
const snake = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 64);

const namePattern = /^[a-z][a-z0-9_]{0,63}$/;

function ownersOf(reader: FocusReader, { tags: names, sharedTenant }: CostRules): Pick<Charge, 'featureId' | 'tenantId' | 'category'> {
  const tags = reader.tags();
  const featureId = textOf(tags[names.feature]) || PLATFORM;
  if (!namePattern.test(featureId)) reader.fault('Tags', `a tag ${names.feature} in lower snake case, for example ai_coaching`);
  const tenantId = textOf(tags[names.tenant]) || sharedTenant;
  if (tenantId.length > 256 || broken.test(tenantId)) reader.fault('Tags', `a tag ${names.tenant} of up to 256 printable characters`);
  const category = snake(textOf(tags[names.category]) || reader.text('ServiceCategory') || reader.text('ServiceName'));
  return { featureId, tenantId, category: category || 'other' };
}

const measured: ReadonlySet<string> = new Set(focusAmounts);

/** What a custom column holds nobody knows: it may be an amount, so it identifies nothing. */
const identifies = (column: string): boolean => !measured.has(column) && !column.startsWith('x_');

/** Sorted, so that the order of columns and of tags in a file does not matter. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(textOf(value));
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(',')}}`;
}

function identityOf(reader: FocusReader, owners: Pick<Charge, 'featureId' | 'tenantId'>, period: { start: number; end: number }): string {
  const stated = Object.entries(reader.row).filter(([column, value]) => identifies(column) && textOf(value) !== '');
  const told = { ...Object.fromEntries(stated), Tags: reader.tags(), ChargePeriodStart: period.start, ChargePeriodEnd: period.end };
  return canonical({ ...told, owner: `${owners.tenantId}|${owners.featureId}` });
}

function descriptionOf(reader: FocusReader): string {
  const what = [reader.text('ProviderName'), reader.text('ServiceName'), reader.text('ChargeDescription')].filter((part) => part !== '');
  const kind = reader.text('ChargeCategory') === 'Usage' ? [] : [reader.text('ChargeCategory')];
  const invoice = reader.text('InvoiceId') === '' ? [] : [`invoice ${reader.text('InvoiceId')}`];
  return [...what, ...kind, ...invoice].join(', ').slice(0, 1024).replace(brokenParts, ' ');
}

export type ReadRow = { ok: true; charge: Charge } | { ok: false; problems: Problem[] };

/** Reads one row. Amounts are exact on the way and end as whole millionths of a US dollar. */
export function chargeOfRow(row: FocusRow, rules: CostRules): ReadRow {
  const reader = new FocusReader(row);
  checkColumns(reader);
  checkWords(reader);
  checkNumbers(reader);
  const [money, period, owners] = [microsOf(reader, rules), periodOf(reader), ownersOf(reader, rules)];
  if (money === null || period === null || reader.problems.length > 0) return { ok: false, problems: reader.problems };
  const charge: Charge = {
    identity: identityOf(reader, owners, period),
    dataset: [reader.text('ProviderName'), reader.text('BillingAccountId'), reader.text('BillingPeriodStart')]
      .join('|')
      .replace(brokenParts, ' '),
    ...owners,
    ...period,
    amountUsdMicros: money.micros,
    stated: money.stated,
    description: descriptionOf(reader),
  };
  return { ok: true, charge };
}
