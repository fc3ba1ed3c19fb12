/** What the notify stage makes of a batch of records: one transaction, in which the position moves too, so that no record counts twice. */
import type { Transition } from '../../src/domain/alert.ts';
import type { AnnouncementType } from '../../src/domain/announcement.ts';
import { topicName } from '../../src/domain/names.ts';
import { alertAnnouncements } from '../../src/domain/notify/announce.ts';
import { dueAfterChange, newGroup } from '../../src/domain/notify/group.ts';
import { isRolloutStep, type RolloutChange, rolloutData, rolloutEntries } from '../../src/domain/notify/rollout.ts';
import { groupKeyOf, type Routing, routeNameOf, routeOf } from '../../src/domain/notify/routing.ts';
import { topics } from '../../src/domain/topics.ts';
import { announceAll } from '../../src/query/announce.ts';
import { writeAlertRows } from '../../src/query/notify/alert-rows.ts';
import {
  type DueGroup,
  groupsOf,
  type KeptAlert,
  keepAlerts,
  keepGroups,
  knownAlerts,
  lockNotify,
  movePosition,
  positionOf,
} from '../../src/query/notify/store.ts';
import { type Database, enqueue } from '../../src/query/outbox.ts';
import type { Decoder } from '../../src/runtime/codec.ts';
import { nextOffset, recordsOf } from '../../src/runtime/cursor.ts';
import type { Failpoint } from '../../src/runtime/failpoint.ts';
import type { Log } from '../../src/runtime/log.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';
import type { RecordBatch } from '../../src/runtime/records.ts';

export type Transactions = { transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> };

export type IntakeDeps = {
  namespace: string;
  log: Log;
  metrics: Metrics;
  failpoint: Failpoint;
  /** The clock, milliseconds since 1970. */
  now: () => number;
  postgres: Transactions;
  decoders: { alert: Decoder; change: Decoder };
  routing: Routing;
  publicUrl: string;
};

/** What was over this long ago is history: it is kept, and told to nobody. */
export const HORIZON_MS = 86_400_000;

type Decoded = { offset: number; record: Record<string, unknown> };

/** Some records of one partition. */
export type Taken = { topic: string; partition: number; records: readonly { offset: number | string; value: Buffer | null }[] };

const isOfAlerts = ({ namespace }: IntakeDeps, { topic }: Pick<Taken, 'topic'>): boolean => topic === topicName(namespace, topics.alerts);

/** What cannot be decoded was not written by us: it is counted and left behind, for there is nothing to mend here. */
async function decoded(deps: IntakeDeps, batch: Taken): Promise<Decoded[]> {
  const { log, metrics, decoders } = deps;
  const { records } = batch;
  const decoder = isOfAlerts(deps, batch) ? decoders.alert : decoders.change;
  await decoder.prepare(records.map(({ value }) => value));
  return records.flatMap(({ value, offset }) => {
    const read = decoder.decode(value);
    if (read.ok) return [{ offset: Number(offset), record: read.record }];
    metrics.count('impact_notify_skipped_total', { reason: read.fault.reason });
    log.error(
      { topic: batch.topic, partition: batch.partition, offset, reason: read.fault.reason },
      'a record cannot be read and is left out',
    );
    return [];
  });
}

const timesOf = ['windowStart', 'windowEnd', 'openedAt', 'occurredAt'];
/** A decoded record with its times as milliseconds. */
const withTimes = <T>(record: Record<string, unknown>): T =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, timesOf.includes(name) ? Number(value) : value])) as T;

/** The last transition of each alert, if it is news. */
function latest(transitions: readonly Transition[], known: ReadonlyMap<string, { ordinal: number }>): Transition[] {
  const last = new Map<string, Transition>();
  for (const one of transitions) {
    const before = Math.max(known.get(one.alertId)?.ordinal ?? 0, last.get(one.alertId)?.ordinal ?? 0);
    if (one.ordinal > before) last.set(one.alertId, one);
  }
  return [...last.values()];
}

/** The groups that have to be looked at after this, and when: those that alerts have come to, and those that they have left. */
async function touchedGroups(deps: IntakeDeps, tx: Database, kept: readonly KeptAlert[], left: readonly string[]): Promise<DueGroup[]> {
  const now = deps.now();
  const keys = [...new Set([...kept.map(({ groupKey }) => groupKey), ...left])].filter((key) => key !== '');
  const known = await groupsOf(tx, keys);
  return keys.map((key) => {
    const { group, dueAt } = known.get(key) ?? { group: newGroup(key), dueAt: null };
    const route = deps.routing.routes.find(({ name }) => name === routeNameOf(key));
    const due = route === undefined || left.includes(key) ? now : dueAfterChange(group, route, now);
    return { group, dueAt: Math.min(due, dueAt ?? due) };
  });
}

async function takeAlerts(deps: IntakeDeps, tx: Database, transitions: readonly Transition[]): Promise<void> {
  const known = await knownAlerts(tx, [...new Set(transitions.map(({ alertId }) => alertId))]);
  const news = latest(transitions, known);
  const kept = news.map((alert): KeptAlert => {
    const route = routeOf(deps.routing, alert);
    return { alert, groupKey: route === null ? '' : groupKeyOf(route, alert) };
  });
  const left = kept.flatMap(({ alert, groupKey }) => {
    const before = known.get(alert.alertId)?.groupKey;
    return before === undefined || before === '' || before === groupKey ? [] : [before];
  });
  await keepAlerts(tx, kept, deps.now());
  await writeAlertRows(tx, news);
  await keepGroups(tx, await touchedGroups(deps, tx, kept, left));
  const recent = transitions.filter(({ windowEnd }) => windowEnd > deps.now() - HORIZON_MS);
  await announceAll(tx, recent.flatMap(alertAnnouncements));
}

async function takeChanges(deps: IntakeDeps, tx: Database, changes: readonly RolloutChange[]): Promise<void> {
  const steps = changes.filter(isRolloutStep).filter(({ occurredAt }) => occurredAt > deps.now() - HORIZON_MS);
  const announced = steps.map((step) => ({
    id: `rollout_changed:${step.changeId}`,
    type: 'rollout_changed' as AnnouncementType,
    occurredAt: step.occurredAt,
    tenantId: null,
    data: rolloutData(step),
  }));
  await enqueue(
    tx,
    steps.flatMap((step) => rolloutEntries(step, deps.routing.rollouts, deps.publicUrl)),
  );
  await announceAll(tx, announced);
}

/**
 * Where to go on. A log that is shorter than what we know of it is another one, made anew, or was read
 * before somebody else went on from there: what is known is told no second time in either case, since all of it has keys. */
async function positionIn({ log }: IntakeDeps, tx: Database, { topic, partition, highWatermark }: RecordBatch): Promise<number> {
  const position = (await positionOf(tx, topic, partition)) ?? 0;
  if (highWatermark >= position) return position;
  log.warn(
    { topic, partition, position, highWatermark },
    'the log is shorter than what was taken in of it; it is taken in from its beginning',
  );
  return 0;
}

/** Keeps records that nobody has taken in yet, and where to go on after them. */
async function keepRecords(
  deps: IntakeDeps,
  tx: Database,
  of: Taken,
  records: readonly Record<string, unknown>[],
  next: number,
): Promise<void> {
  const isAlerts = isOfAlerts(deps, of);
  if (isAlerts && records.length > 0) await takeAlerts(deps, tx, records.map(withTimes<Transition>));
  if (!isAlerts && records.length > 0) await takeChanges(deps, tx, records.map(withTimes<RolloutChange>));
  await movePosition(tx, of.topic, of.partition, next);
}

/** Takes in what nobody has taken in yet. @returns how many records that was */
export async function takeRecords(deps: IntakeDeps, of: Taken): Promise<number> {
  const all = await decoded(deps, of);
  const next = Number(of.records.at(-1)?.offset ?? -1) + 1;
  return deps.postgres.transaction(async (tx) => {
    await lockNotify(tx);
    const position = (await positionOf(tx, of.topic, of.partition)) ?? 0;
    const records = all.filter(({ offset }) => offset >= position).map(({ record }) => record);
    if (next > position) await keepRecords(deps, tx, of, records, next);
    return records.length;
  });
}

/**
 * Takes a batch in.
 * If the process dies before the transaction is committed, the batch is read again; if it dies after it, the position says that it is known.
 * @returns the offset that Kafka can be told
 */
export async function takeBatch(deps: IntakeDeps, batch: RecordBatch): Promise<number> {
  const of = { topic: batch.topic, partition: batch.partition, records: recordsOf(batch) };
  const all = await decoded(deps, of);
  const next = nextOffset(batch);
  await deps.postgres.transaction(async (tx) => {
    await lockNotify(tx);
    const position = await positionIn(deps, tx, batch);
    const records = all.filter(({ offset }) => offset >= position).map(({ record }) => record);
    if (next > position) await keepRecords(deps, tx, of, records, next);
    deps.failpoint('notify.before-commit');
  });
  deps.failpoint('notify.after-commit');
  const topic = isOfAlerts(deps, batch) ? topics.alerts : topics.flagChanges;
  deps.metrics.count('impact_notify_records_total', { topic }, all.length);
  return next;
}
