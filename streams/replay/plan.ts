/** Which generations a replay builds, their registration, the cutover, and taking it all back. */
import { ImpactError } from '../../src/domain/errors.ts';
import { type DayRange, type EpochRow, epochRows, type TenantDay, tenantDays } from '../../src/query/replay.ts';
import { beginReplay, type Database, type PlannedDay, type ReplayRow, unfinishedReplay } from '../../src/query/replays.ts';
import type { Statement } from '../../src/query/statement.ts';

export type EpochStore = {
  query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]>;
  insertRows(table: string, rows: readonly object[]): Promise<void>;
};

export type Wanted = { range: DayRange; feature: string | null } & Pick<ReplayRow, 'source' | 'archive'>;
/** `resumed`: it was begun by an earlier run. */
export type Plan = ReplayRow & { resumed: boolean };

const ask = <Row>(store: EpochStore, { text, params }: Statement<Row>): Promise<Row[]> => store.query<Row>(text, params);
const keyOf = ({ tenant, day }: TenantDay): string => `${day}|${tenant}`;

/** The tenants' days in the range, in order. */
export const daysOf = (store: EpochStore, range: DayRange): Promise<TenantDay[]> => ask(store, tenantDays(range));

async function epochsOf(store: EpochStore, range: DayRange): Promise<Map<string, EpochRow>> {
  return new Map((await ask(store, epochRows(range))).map((row) => [keyOf(row), row]));
}

const same = (row: ReplayRow, { range, feature, source, archive }: Wanted): boolean =>
  row.from_day === range.from &&
  row.to_day === range.to &&
  row.tenant === range.tenant &&
  row.feature === feature &&
  row.source === source &&
  row.archive === archive;

const fromWhat = { raw: 'raw', kafka: 'kafka', archive: 'archive files' } as const;

function unfinished(row: ReplayRow): ImpactError {
  const what = `${row.from_day} to ${row.to_day}${row.tenant === null ? '' : `, tenant ${row.tenant}`}${row.feature === null ? '' : `, feature ${row.feature}`}`;
  return new ImpactError(
    'conflict',
    `replay ${row.id} of ${what} from ${fromWhat[row.source]} is not finished: run it again with these options, or cancel it`,
  );
}

/** A number that was never used for the day, so that rows of a cancelled generation are never mixed in. */
function planned(days: readonly TenantDay[], known: Map<string, EpochRow>): PlannedDay[] {
  return days.map((day) => ({ ...day, epoch: (known.get(keyOf(day))?.highest ?? 0) + 1 }));
}

/**
 * The plan to follow: the unfinished one of the same range and source, or a new one, which is on record before anything is written.
 * @throws ImpactError `conflict` when another replay was begun and not finished
 */
export async function planReplay(store: EpochStore, database: Database, wanted: Wanted, id: string): Promise<Plan> {
  const begun = await unfinishedReplay(database);
  if (begun) {
    if (!same(begun, wanted)) throw unfinished(begun);
    return { ...begun, resumed: true };
  }
  const { range, feature, source, archive } = wanted;
  const plan = planned(await daysOf(store, range), await epochsOf(store, range));
  const row = { id, from_day: range.from, to_day: range.to, tenant: range.tenant, feature, source, archive, plan };
  await beginReplay(database, row);
  return { ...row, days_done: [], resumed: false };
}

type Edit = (row: EpochRow, epoch: number) => Pick<EpochRow, 'active' | 'building'> | null;

/** Rewrites the epochs of all planned days in one insert: readers and flushes see all of it or nothing. */
async function edit(store: EpochStore, plan: ReplayRow, change: Edit): Promise<void> {
  const known = await epochsOf(store, { from: plan.from_day, to: plan.to_day, tenant: plan.tenant });
  const rows = plan.plan.flatMap(({ tenant, day, epoch }) => {
    const row = known.get(keyOf({ tenant, day })) ?? { tenant, day, active: 0, building: 0, highest: 0, version: 0 };
    const changed = change(row, epoch);
    return changed ? [{ ...row, ...changed, highest: Math.max(row.highest, epoch), version: row.version + 1 }] : [];
  });
  await store.insertRows('epochs', rows);
}

/** From now on flushes write these generations too. */
export const register = (store: EpochStore, plan: ReplayRow): Promise<void> =>
  edit(store, plan, ({ active, building }, epoch) => (active === epoch || building === epoch ? null : { active, building: epoch }));

/** Readers see the new generations from now on, all at once. */
export const cutOver = (store: EpochStore, plan: ReplayRow): Promise<void> =>
  edit(store, plan, ({ active }, epoch) => (active === epoch ? null : { active: epoch, building: 0 }));

/** The generations are given up; nothing visible changes. */
export const giveUp = (store: EpochStore, plan: ReplayRow): Promise<void> =>
  edit(store, plan, ({ active, building }, epoch) => (building === epoch ? { active, building: 0 } : null));

/** Whether readers see the new generations already. */
export async function isActive(store: EpochStore, plan: ReplayRow): Promise<boolean> {
  const known = await epochsOf(store, { from: plan.from_day, to: plan.to_day, tenant: plan.tenant });
  return plan.plan.every(({ epoch, ...day }) => known.get(keyOf(day))?.active === epoch);
}
