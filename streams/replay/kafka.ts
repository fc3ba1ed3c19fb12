/** Events of a range read again from Kafka, for what the raw table has lost. The same records make the same rows, so nothing is doubled. */
import type { Config } from '../../src/config.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../../src/domain/event.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { parseEvent } from '../../src/domain/validate.ts';
import type { Registry } from '../../src/runtime/codec.ts';
import { addRow, newBatch, type StoreBatch } from '../store/batch.ts';
import type { Insert } from '../store/insert.ts';
import { eventColumns, nativeRows, newEventBlock, rowsOf } from '../store/row.ts';

type TopicRecord = { partition: number; offset: bigint; timestamp: number; key: Buffer | null; value: Buffer | null };
/** Calls `onRecord` for each record of `topic` (full name) from a time on, to its present end. */
export type ReadTopic = (
  topic: string,
  options: { since: number; follow: false },
  onRecord: (record: TopicRecord) => Promise<void>,
) => Promise<void>;

export type ReadAgainDeps = {
  config: Config;
  registry: Pick<Registry, 'decoder'>;
  readTopic: ReadTopic;
  clickhouse: { insertNative: Insert };
  now: () => number;
};

/** Milliseconds since 1970; `to` exclusive. Events before `expired` go to the replay's own table, for the raw one would drop them. */
export type EventRange = { from: number; to: number; tenant: string | null; expired: number };

const CHUNK_ROWS = 20_000;

async function insert(deps: ReadAgainDeps, table: string, batch: StoreBatch): Promise<void> {
  const rows = rowsOf(batch.block);
  if (rows > 0) await deps.clickhouse.insertNative(table, eventColumns, nativeRows(batch.block, 0, rows));
}

type Tables = { events: StoreBatch; replay_events: StoreBatch };

const emptyTables = (used?: Tables): Tables => ({
  events: newBatch(0, used?.events.block ?? newEventBlock()),
  replay_events: newBatch(0, used?.replay_events.block ?? newEventBlock()),
});

function tableOf(tables: Tables, { occurredAt, tenantId }: FeatureEvent, { from, to, tenant, expired }: EventRange): StoreBatch | null {
  if (occurredAt < from || occurredAt >= to || (tenant !== null && tenantId !== tenant)) return null;
  return occurredAt < expired ? tables.replay_events : tables.events;
}

async function readKind(deps: ReadAgainDeps, kind: EventKind, range: EventRange, onRecords: (count: number) => void): Promise<void> {
  const topic = topicName(deps.config.namespace, eventTopics[kind]);
  const decoder = deps.registry.decoder(kind);
  const limits = { now: deps.now(), maxFutureMs: deps.config.maxFutureMs };
  let tables = emptyTables();
  let rows = 0;
  const drain = async (): Promise<void> => {
    await insert(deps, 'events', tables.events);
    await insert(deps, 'replay_events', tables.replay_events);
    tables = emptyTables(tables);
    onRecords(rows);
    rows = 0;
  };
  // An event may be older than its record by any time, but newer by no more than the allowed future.
  await deps.readTopic(topic, { since: range.from - deps.config.maxFutureMs, follow: false }, async (record) => {
    await decoder.prepare([record.value]);
    const decoded = decoder.decode(record.value);
    const parsed = decoded.ok ? parseEvent(kind, decoded.record, limits) : decoded;
    if (!parsed.ok || !('event' in parsed)) return;
    const batch = tableOf(tables, parsed.event, range);
    if (batch === null) return;
    const { partition, offset, timestamp } = record;
    addRow(batch, parsed.event, { topic, partition, offset: Number(offset), timestamp });
    rows += 1;
    if (rows >= CHUNK_ROWS) await drain();
  });
  await drain();
}

/** Reads every event topic. What is bad in it is passed over: it is among the dead letters already. */
export async function readAgain(deps: ReadAgainDeps, range: EventRange, onRecords: (count: number) => void): Promise<void> {
  for (const kind of eventKinds) await readKind(deps, kind, range, onRecords);
}
