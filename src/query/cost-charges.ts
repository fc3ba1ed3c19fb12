/** Imported charges in Postgres: one statement family. Amounts travel as decimal text, exact. */
import type { Booking, ManualDay, StoredCharge } from '../domain/cost/plan.ts';
import { microsOfUsd, usdOfMicros } from '../domain/roi.ts';
import type { Database } from './rules.ts';

type ChargeRow = {
  id: string;
  revision: number;
  retracted: boolean;
  dataset: string;
  tenant_id: string;
  feature_id: string;
  category: string;
  charge_start: Date;
  charge_end: Date;
  zone: string;
  amount_usd: string;
  stated_amount: string;
  currency: string;
  usd_rate: string;
  description: string;
  events_from: Date;
  due_at: Date | null;
};

const storedOf = (row: ChargeRow): StoredCharge => ({
  id: row.id,
  revision: row.revision,
  retracted: row.retracted,
  identity: '',
  dataset: row.dataset,
  tenantId: row.tenant_id,
  featureId: row.feature_id,
  category: row.category,
  start: row.charge_start.getTime(),
  end: row.charge_end.getTime(),
  zone: row.zone,
  amountUsdMicros: microsOfUsd(row.amount_usd),
  stated: { amount: row.stated_amount, currency: row.currency, rate: row.usd_rate },
  description: row.description,
  eventsFrom: row.events_from.getTime(),
});

/** The charges of these ids that are booked, locked until the transaction ends. */
export async function bookedCharges(tx: Database, ids: readonly string[]): Promise<Map<string, StoredCharge>> {
  // In the order of ids, so that two imports of one file wait for each other and do not lock each other out.
  const rows = await tx.query<ChargeRow>('SELECT * FROM cost_charges WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', [ids]);
  return new Map(rows.map((row) => [row.id, storedOf(row)]));
}

/** Booked charges of these datasets whose ids are not among `ids`, locked. */
export async function chargesBeside(tx: Database, datasets: readonly string[], ids: readonly string[]): Promise<StoredCharge[]> {
  const rows = await tx.query<ChargeRow>(
    'SELECT * FROM cost_charges WHERE dataset = ANY($1) AND NOT retracted AND NOT (id = ANY($2::uuid[])) ORDER BY id FOR UPDATE',
    [datasets, ids],
  );
  return rows.map(storedOf);
}

const iso = (ms: number): string => new Date(ms).toISOString();

const documentOf = ({ charge }: Booking): Record<string, unknown> => ({
  id: charge.id,
  revision: charge.revision,
  retracted: charge.retracted,
  dataset: charge.dataset,
  tenant_id: charge.tenantId,
  feature_id: charge.featureId,
  category: charge.category,
  charge_start: iso(charge.start),
  charge_end: iso(charge.end),
  zone: charge.zone,
  amount_usd: usdOfMicros(charge.amountUsdMicros),
  stated_amount: charge.stated.amount,
  currency: charge.stated.currency,
  usd_rate: charge.stated.rate,
  description: charge.description,
  events_from: iso(charge.eventsFrom),
  due_at: charge.eventsFrom < charge.end ? iso(charge.eventsFrom) : null,
});

const bookSql = `
WITH given AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (
    id uuid, revision integer, retracted boolean, dataset text, tenant_id text, feature_id text, category text, charge_start timestamptz,
    charge_end timestamptz, zone text, amount_usd numeric, stated_amount numeric, currency text, usd_rate numeric, description text,
    events_from timestamptz, due_at timestamptz)
), audited AS (
  INSERT INTO cost_charge_versions (charge_id, revision, retracted, category, amount_usd, changed_by)
  SELECT id, revision, retracted, category, amount_usd, $2 FROM given
)
INSERT INTO cost_charges (id, revision, retracted, dataset, tenant_id, feature_id, category, charge_start, charge_end, zone, amount_usd,
  stated_amount, currency, usd_rate, description, events_from, due_at, changed_by)
SELECT id, revision, retracted, dataset, tenant_id, feature_id, category, charge_start, charge_end, zone, amount_usd, stated_amount, currency,
  usd_rate, description, events_from, due_at, $2
FROM given
ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, retracted = excluded.retracted, category = excluded.category,
  amount_usd = excluded.amount_usd, stated_amount = excluded.stated_amount, currency = excluded.currency, usd_rate = excluded.usd_rate,
  description = excluded.description, due_at = excluded.due_at, changed_by = excluded.changed_by, updated_at = now()`;

const manualSql = `
INSERT INTO operating_costs_daily (date, cost_category, amount, description, tenant_id, feature_id, charge_id, provenance)
SELECT given.date, charge.category, given.amount, charge.description, nullif(charge.tenant_id, $2), charge.feature_id, charge.id, 'manual'
FROM jsonb_to_recordset($1::jsonb) AS given (charge_id uuid, date date, amount numeric) JOIN cost_charges AS charge ON charge.id = given.charge_id
ON CONFLICT (charge_id, date) WHERE charge_id IS NOT NULL
DO UPDATE SET amount = excluded.amount, cost_category = excluded.cost_category, computed_at = now()`;

const manualDocument = ({ chargeId, day, amountUsdMicros }: ManualDay): Record<string, unknown> => ({
  charge_id: chargeId,
  date: day,
  amount: usdOfMicros(amountUsdMicros),
});

/** Writes bookings, their audit, and the days among them that are manual rows. `sharedTenant` stands for no tenant there. */
export async function bookCharges(tx: Database, bookings: readonly Booking[], by: string, sharedTenant: string): Promise<void> {
  if (bookings.length === 0) return;
  await tx.query(bookSql, [JSON.stringify(bookings.map(documentOf)), by]);
  const manual = bookings.flatMap((booking) => booking.manual);
  if (manual.length > 0) await tx.query(manualSql, [JSON.stringify(manual.map(manualDocument)), sharedTenant]);
}

/** Charges of which something is to be sent by now, and from which moment on. */
export async function dueCharges(database: Database, now: number, limit: number): Promise<{ charge: StoredCharge; dueAt: number }[]> {
  const rows = await database.query<ChargeRow>('SELECT * FROM cost_charges WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2', [
    new Date(now),
    limit,
  ]);
  return rows.map((row) => ({ charge: storedOf(row), dueAt: row.due_at?.getTime() ?? now }));
}

/** Notes what Kafka has. A charge that was revised meanwhile keeps what it owes. */
export async function noteSent(
  database: Database,
  sent: readonly { id: string; revision: number; nextAt: number | null }[],
): Promise<void> {
  const given = sent.map(({ id, revision, nextAt }) => ({ id, revision, due_at: nextAt === null ? null : iso(nextAt) }));
  await database.query(
    `UPDATE cost_charges AS charge SET due_at = given.due_at
FROM jsonb_to_recordset($1::jsonb) AS given (id uuid, revision integer, due_at timestamptz)
WHERE charge.id = given.id AND charge.revision = given.revision`,
    [JSON.stringify(given)],
  );
}
