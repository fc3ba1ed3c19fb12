/**
 * Importing charges. 1. Everything is read and judged. 2. All of it is booked in one transaction, with what is owed to the costs topic.
 * 3. What is due is sent, and noted as sent once Kafka has it. A crash after 2 leaves a debt, which the next import or the regular round pays;
 * sending twice is harmless, since an event's id and revision count once.
 */
import { createHash } from 'node:crypto';
import { type Charge, eventsOfCharge, sharesOf } from '../domain/cost/charge.ts';
import { type Booking, type ImportPlan, type PlanRules, planImport, type StoredCharge } from '../domain/cost/plan.ts';
import { counted } from '../domain/counted.ts';
import { ImpactError } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import { chargesOfRows, type ReadCharges, type ReadRows } from '../domain/focus/file.ts';
import type { CostRules } from '../domain/focus/row.ts';
import { bookCharges, bookedCharges, chargesBeside, dueCharges, noteSent } from './cost-charges.ts';
import type { Database } from './rules.ts';

export type CostBooks = Database & { transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> };
/** Resolves when Kafka has acknowledged the events. */
export type SendCosts = (events: readonly FeatureEvent[]) => Promise<void>;

/** What of the configuration an import goes by. */
export type CostConfig = {
  timeZone: string;
  retentionRawDays: number;
  costsUsdRates: Readonly<Record<string, string>>;
  costsTagFeature: string;
  costsTagTenant: string;
  costsTagCategory: string;
  costsSharedTenant: string;
};

const rulesOfConfig = (config: CostConfig): CostRules => ({
  usdRates: config.costsUsdRates,
  tags: { feature: config.costsTagFeature, tenant: config.costsTagTenant, category: config.costsTagCategory },
  sharedTenant: config.costsSharedTenant,
});

export type ImportOptions = {
  by: string;
  now: number;
  older: PlanRules['older'];
  /** Booked charges of the same provider, account and billing period that the file no longer has are taken back. */
  replace: boolean;
  dryRun: boolean;
  /** The only tenant whose costs may be stated; null: any. */
  onlyTenant: string | null;
};

export type ImportResult = {
  rows: number;
  added: number;
  changed: number;
  unchanged: number;
  retracted: number;
  /** Days that were written as manual rows, since their events would come too late. */
  manualDays: number;
  /** What the file comes to, all rows; millionths of a US dollar. */
  amountUsdMicros: number;
  dryRun: boolean;
};

const DAY_MS = 86_400_000;
const PROBLEMS_SHOWN = 100;
const SENT_AT_ONCE = 200;
/** An event takes a while to be stored; a day is more than enough. */
const MARGIN_MS = DAY_MS;

/** A UUID (version 8, RFC 9562) from the SHA-256 of a text. */
function costId(text: string): string {
  const hex = createHash('sha256').update(`cost ${text}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** @throws ImpactError `unprocessable` with the faults, the first hundred of them */
function refuseFaults(problems: ReadCharges['problems'], rows: number): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, PROBLEMS_SHOWN);
  const more = problems.length > shown.length ? `, of which the first ${shown.length} are listed` : '';
  const faults = counted(problems.length, 'fault');
  throw new ImpactError('unprocessable', `${faults} in ${rows} rows${more}; nothing was imported`, { problems: shown });
}

/**
 * A token of one tenant states that tenant's costs: a row without a tenant is the token's.
 * @throws ImpactError `forbidden` naming every row of another tenant
 */
function keptToTenant(read: ReadCharges, rules: CostRules, onlyTenant: string | null): readonly Charge[] {
  if (onlyTenant === null) return read.charges;
  const mine = (charge: Charge): Charge => ({ ...charge, tenantId: charge.tenantId === rules.sharedTenant ? onlyTenant : charge.tenantId });
  const charges = read.charges.map(mine);
  const problems = charges.flatMap(({ tenantId }, index) =>
    tenantId === onlyTenant
      ? []
      : [{ field: `${read.places[index]}, Tags`, value: tenantId, expected: `${onlyTenant}, the token's tenant` }],
  );
  if (problems.length === 0) return charges;
  throw new ImpactError('forbidden', 'this token belongs to one tenant; nothing was imported', {
    problems: problems.slice(0, PROBLEMS_SHOWN),
  });
}

/** Replacing what has no name would take back whatever else has none. */
function unnamedDatasets({ charges, places }: ReadCharges): ReadCharges['problems'] {
  return charges.flatMap(({ dataset }, index) => {
    if (dataset.split('|').every((part) => part.trim() !== '')) return [];
    const expected = 'ProviderName, BillingAccountId and BillingPeriodStart, which say what the dataset replaces';
    return [{ field: places[index] ?? '', value: dataset, expected }];
  });
}

const idOf = ({ tenantId, identity }: Charge): string => costId(`${tenantId} ${identity}`);

async function planOf(tx: Database, read: ReadCharges, config: CostConfig, options: ImportOptions): Promise<ImportPlan> {
  const placed = read.charges.map((charge, index) => ({ charge, id: idOf(charge), place: read.places[index] ?? '' }));
  const ids = placed.map(({ id }) => id);
  const stored = await bookedCharges(tx, ids);
  const datasets = [...new Set(read.charges.map(({ dataset }) => dataset))];
  const beside = options.replace ? await chargesBeside(tx, datasets, ids) : [];
  const gone = beside.filter(({ tenantId }) => options.onlyTenant === null || tenantId === options.onlyTenant);
  const keptFrom = options.now - config.retentionRawDays * DAY_MS + MARGIN_MS;
  return planImport(placed, stored, gone, { zone: config.timeZone, keptFrom, older: options.older });
}

/**
 * Judges and books the rows of a dataset, and sends what is due.
 * @throws ImpactError `unprocessable` with every fault by its line and column; nothing was booked then
 */
export async function importCosts(
  books: CostBooks,
  send: SendCosts,
  rows: ReadRows,
  config: CostConfig,
  options: ImportOptions,
): Promise<ImportResult> {
  const rules = rulesOfConfig(config);
  const found = chargesOfRows(rows, rules);
  const count = rows.rows.length;
  refuseFaults(found.problems, count);
  const read = { ...found, charges: [...keptToTenant(found, rules, options.onlyTenant)] };
  if (options.replace) refuseFaults(unnamedDatasets(read), count);
  const plan = await books.transaction(async (tx) => {
    // One import at a time: of two that bring the same new charge, the second has to see what the first has booked.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' cost imports'))`);
    const planned = await planOf(tx, read, config, options);
    refuseFaults(planned.problems, count);
    const bookings = [...planned.added, ...planned.changed, ...planned.retracted];
    if (!options.dryRun) await bookCharges(tx, bookings, options.by, config.costsSharedTenant);
    return planned;
  });
  if (!options.dryRun) await sendDueCosts(books, send, options.now);
  return resultOf(plan, read.charges, options.dryRun);
}

function resultOf(plan: ImportPlan, charges: readonly Charge[], dryRun: boolean): ImportResult {
  const days = (bookings: readonly Booking[]): number => bookings.reduce((sum, { manual }) => sum + manual.length, 0);
  return {
    rows: charges.length,
    added: plan.added.length,
    changed: plan.changed.length,
    unchanged: plan.unchanged,
    retracted: plan.retracted.length,
    manualDays: days([...plan.added, ...plan.changed, ...plan.retracted]),
    amountUsdMicros: charges.reduce((sum, { amountUsdMicros }) => sum + amountUsdMicros, 0),
    dryRun,
  };
}

function owed({ charge, dueAt }: { charge: StoredCharge; dueAt: number }, now: number) {
  const next = sharesOf(charge).find(({ at }) => at > now);
  const events = eventsOfCharge(charge, { from: dueAt, to: now + 1 }, costId);
  return { events, sent: { id: charge.id, revision: charge.revision, nextAt: next?.at ?? null } };
}

/**
 * Sends what charges owe by now: events whose sending was cut off, and those of days that have begun since. Safe in several processes at once.
 * @returns how many events were sent
 */
export async function sendDueCosts(books: Database, send: SendCosts, now: number): Promise<number> {
  let count = 0;
  for (;;) {
    const due = (await dueCharges(books, now, SENT_AT_ONCE)).map((one) => owed(one, now));
    if (due.length === 0) return count;
    const events = due.flatMap((one) => one.events);
    await send(events);
    await noteSent(
      books,
      due.map(({ sent }) => sent),
    );
    count += events.length;
  }
}
