/**
 * The flush: numbered steps, each with the guarantee that holds if the process dies after it. A crash anywhere repeats the flush, harmlessly:
 * every step writes the same thing again. The next batch may be inserted while the ones before are finished: rollups are made of what is stored,
 * and offsets are committed in order.
 */
import { type Tier, tierMs } from '../../src/domain/tier.ts';
import { countDuplicates, newConflicts } from '../../src/query/conflicts.ts';
import { emptyVanished, recomputeMinutes, recomputeTier } from '../../src/query/recompute.ts';
import type { Statement } from '../../src/query/statement.ts';
import type { Cell } from '../../src/query/touched.ts';
import type { Failpoint } from '../../src/runtime/failpoint.ts';
import type { Log } from '../../src/runtime/log.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';
import type { OutRecord, Position, Send } from '../../src/runtime/records.ts';
import type { DeadLetter, StoreBatch } from './batch.ts';
import { type Insert, insertRaw, type RefusalLimit, type RefusedRow } from './insert.ts';
import type { Inserted } from './inserted.ts';
import { deadLetterOf } from './intake.ts';
import { cellsOf } from './touched.ts';

export type FlushDeps = {
  clickhouse: {
    insertNative: Insert;
    insertRows(table: string, rows: readonly object[]): Promise<void>;
    query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]>;
    commandEverywhere(text: string, params?: Record<string, unknown>): Promise<void>;
  };
  send: Send;
  commit(generation: number, positions: readonly Position[]): Promise<boolean>;
  failpoint: Failpoint;
  metrics: Metrics;
  log: Log;
  /** Resolves while this process owns the generation's partitions, as far as it can tell. @throws NoLongerOwner when another one has begun */
  owned(generation: number): Promise<void>;
  /** Runs one step until it succeeds, waiting out outages of the component that it names. */
  persist<T>(component: string, work: () => Promise<T>): Promise<T>;
  refusals: RefusalLimit;
  /** Full names. */
  deadLetterTopic: string;
  lateTopic: string;
};

/** The partitions may be another member's by now: whatever is left to do, it does. */
export class NoLongerOwner extends Error {
  constructor() {
    super('the membership of the group was lost in the middle of a flush');
    this.name = 'NoLongerOwner';
  }
}

async function run(deps: FlushDeps, { generation }: Inserted, { text, params }: Statement<never>): Promise<void> {
  await deps.owned(generation);
  await deps.persist('clickhouse', () => deps.clickhouse.commandEverywhere(text, params));
}

/** A tier's rows, for every chunk of touched buckets. The emptying may run beside what follows, which does not count emptied rows either way. */
async function recompute(deps: FlushDeps, inserted: Inserted, tier: Tier): Promise<() => Promise<void>> {
  const chunks = [...cellsOf(inserted.touched, tierMs[tier] / 1000)];
  for (const cells of chunks) await run(deps, inserted, tier === '1m' ? recomputeMinutes(cells) : recomputeTier(tier, cells));
  return async () => {
    for (const cells of chunks) await run(deps, inserted, emptyVanished(tier, cells));
  };
}

async function recordConflicts(deps: FlushDeps, { touched }: Inserted): Promise<void> {
  for (const cells of cellsOf(touched, tierMs['1m'] / 1000)) await recordConflictsIn(deps, cells);
}

async function recordConflictsIn(deps: FlushDeps, cells: readonly Cell[]): Promise<void> {
  const ask = <Row>({ text, params }: Statement<Row>): Promise<Row[]> =>
    deps.persist('clickhouse', () => deps.clickhouse.query<Row>(text, params));
  const [found] = await ask(countDuplicates(cells));
  if (!found || found.duplicates <= 0) return;
  const conflicts = await ask(newConflicts(cells));
  if (conflicts.length === 0) return;
  await deps.persist('clickhouse', () => deps.clickhouse.insertRows('event_conflicts', conflicts));
  deps.metrics.count('impact_store_conflicts_total', {}, conflicts.length);
  for (const { event_id, kept_from } of conflicts.slice(0, 10))
    deps.log.warn({ eventId: event_id, keptFrom: kept_from }, 'an event id came with two payloads; the first delivery holds');
}

const refusal = ({ origin, reason }: RefusedRow): DeadLetter =>
  deadLetterOf(origin.from, origin.record, {
    fault: { reason: 'rejected_by_clickhouse', message: reason },
    step: 'store.insert',
    schemaId: null,
    ours: true,
  });

/** All that goes into one request makes at most one batch a partition, which the broker must not find too large. */
const MOST_SENT_BYTES = 8_000_000;

function* requests(messages: readonly OutRecord[]): Generator<OutRecord[]> {
  let [request, bytes]: [OutRecord[], number] = [[], 0];
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + (message.key?.length ?? 0);
    if (request.length > 0 && bytes + size > MOST_SENT_BYTES) {
      yield request;
      [request, bytes] = [[], 0];
    }
    request.push(message);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

async function sendAll(deps: FlushDeps, topic: string, messages: readonly OutRecord[]): Promise<void> {
  for (const request of requests(messages)) await deps.persist('kafka', () => deps.send(topic, request));
}

async function sendBad(deps: FlushDeps, { deadLetters, late }: StoreBatch): Promise<void> {
  await sendAll(
    deps,
    deps.deadLetterTopic,
    deadLetters.map(({ message }) => message),
  );
  await sendAll(deps, deps.lateTopic, late);
  for (const { reason } of deadLetters) deps.metrics.count('impact_store_dead_letters_total', { reason });
  if (late.length > 0) deps.metrics.count('impact_store_late_total', {}, late.length);
}

/**
 * Ends what a predecessor may have left running in ClickHouse: a killed client's statement goes on there, and what it writes late nobody
 * would empty. Other members' statements end too; they run them again.
 */
export async function endLeftovers(deps: Pick<FlushDeps, 'clickhouse' | 'persist'>): Promise<void> {
  const text = `KILL QUERY WHERE current_database = currentDatabase() AND query LIKE 'INSERT INTO rollup\\_%' SYNC FORMAT Null`;
  await deps.persist('clickhouse', () => deps.clickhouse.commandEverywhere(text));
}

/**
 * The first half: makes a batch durable.
 * @throws what ends the waiting for an outage, or TooManyRefused
 */
export async function insertBatch(batch: StoreBatch, deps: FlushDeps): Promise<void> {
  deps.failpoint('store.before-raw-insert');
  // 1. Raw rows. If we die now: the rows are there, no rollup shows them, and the same records are read and inserted again as the same rows.
  const refused = await deps.persist('clickhouse', () => insertRaw(batch, deps.clickhouse.insertNative, deps.refusals));
  batch.deadLetters.push(...refused.map(refusal));
  deps.failpoint('store.after-raw-insert');

  // 2. Dead letters and late events, acknowledged. If we die now they are sent again: their coordinates tell that they are the same.
  await sendBad(deps, batch);
  deps.failpoint('store.after-dead-letters');
}

/**
 * The second half: makes what was inserted queryable, then commits its offsets.
 * @returns whether the offsets were committed; if not, the records are read again, and change nothing then
 * @throws what ends the waiting for an outage, or NoLongerOwner; nothing is committed then
 */
export async function finish(inserted: Inserted, deps: FlushDeps): Promise<boolean> {
  // 3. Rollups, from what is stored now. The statement reads the epochs itself, so never before step 1: a replay that began in between is not missed.
  //    If we die now: the rollups are right, and recomputing them again writes the same rows. Minutes first: hours are made of them, days of hours.
  const emptyMinutes = await recompute(deps, inserted, '1m');
  deps.failpoint('store.after-minutes');
  const [emptyHours] = await Promise.all([recompute(deps, inserted, '1h'), emptyMinutes(), recordConflicts(deps, inserted)]);
  deps.failpoint('store.after-hours');
  const [emptyDays] = await Promise.all([recompute(deps, inserted, '1d'), emptyHours()]);
  await emptyDays();
  deps.failpoint('store.after-days');

  // 4. Offsets, last. Whatever is committed is stored, accounted for and recomputed.
  const committed = await deps.commit(inserted.generation, [...inserted.positions.values()]);
  deps.failpoint('store.after-commit');
  return committed;
}
