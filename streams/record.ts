/** The record stage: alerts, dead letters and late events become rows, for the API and for dashboards; lag is sampled on the side. */
import type { Config } from '../src/config.ts';
import { ImpactError } from '../src/domain/errors.ts';
import { topics } from '../src/domain/topics.ts';
import { persist } from '../src/runtime/backoff.ts';
import type { Decoder } from '../src/runtime/codec.ts';
import { nextOffset, recordsOf } from '../src/runtime/cursor.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import type { Offsets } from '../src/runtime/offsets.ts';
import type { BatchConsumer, InRecord, RecordBatch } from '../src/runtime/records.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import { createProgress, type Progress } from './record/health.ts';
import { keepSampling } from './record/lag.ts';
import { alertRow, deadLetterRow, lateEventRow, type Row, withoutNamespace } from './record/rows.ts';

/** Without the namespace. */
export const recordTopics = [topics.alerts, topics.deadLetters, topics.lateEvents] as const;

export type RecordDeps = StageDeps & {
  config: Pick<Config, 'namespace'>;
  failpoint: Failpoint;
  /** Of group `record` over `recordTopics`, read committed. */
  consumer: BatchConsumer;
  clickhouse: {
    insertRows(table: string, rows: readonly object[]): Promise<void>;
    command(text: string, params?: Record<string, unknown>): Promise<void>;
  };
  /** Of the alert schema. */
  decoder: Decoder;
  offsets: Offsets;
};

type Rows = { table: string; rows: Row[] };

/** An alert that cannot be decoded was not written by us: it is counted and left behind, for there is nothing to mend here. */
function alertRows(deps: RecordDeps, batch: RecordBatch, records: readonly InRecord[]): Row[] {
  return records.flatMap((record) => {
    const decoded = deps.decoder.decode(record.value);
    if (decoded.ok) return [alertRow(decoded.record, { ...record, partition: batch.partition })];
    skip(deps, batch, record, decoded.fault.reason);
    return [];
  });
}

function skip(
  deps: RecordDeps,
  { topic, partition }: Pick<RecordBatch, 'topic' | 'partition'>,
  { offset }: InRecord,
  reason: string,
): void {
  deps.metrics.count('impact_record_skipped_total', { topic, reason });
  deps.log.error({ topic, partition, offset, reason }, 'a record cannot be recorded and is left out');
}

async function rowsOf(deps: RecordDeps, batch: RecordBatch): Promise<Rows> {
  const { namespace } = deps.config;
  const topic = withoutNamespace(batch.topic, namespace);
  const records = recordsOf(batch);
  const rowsBy = (make: typeof deadLetterRow): Row[] =>
    records.map((record) => make(record, { ...record, partition: batch.partition }, topic, namespace));
  if (topic === topics.deadLetters) return { table: 'dead_letters', rows: rowsBy(deadLetterRow) };
  if (topic === topics.lateEvents) return { table: 'late_events', rows: rowsBy(lateEventRow) };
  await deps.decoder.prepare(records.map(({ value }) => value));
  return { table: 'alerts', rows: alertRows(deps, batch, records) };
}

const isRefusal = (error: unknown): boolean => error instanceof ImpactError && error.code === 'unprocessable';

/** Inserts what ClickHouse takes: a refused batch is halved until the row to blame stands alone and is left out. */
async function insert(deps: RecordDeps, { table, rows }: Rows): Promise<void> {
  try {
    await deps.clickhouse.insertRows(table, rows);
    deps.metrics.count('impact_record_rows_total', { table }, rows.length);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (rows.length === 1) return leaveOut(deps, table, rows[0] as Row, error as Error);
    const middle = Math.ceil(rows.length / 2);
    await insert(deps, { table, rows: rows.slice(0, middle) });
    await insert(deps, { table, rows: rows.slice(middle) });
  }
}

function leaveOut({ metrics, log }: RecordDeps, table: string, row: Row, error: Error): void {
  metrics.count('impact_record_skipped_total', { topic: table, reason: 'rejected_by_clickhouse' });
  log.error({ table, row, error: error.message }, 'ClickHouse refuses a row; it is left out');
}

/**
 * 1. Rows in: if this fails, nothing is committed, and the batch is read again.
 * 2. Commit: if this fails, the batch is read again and its rows replace themselves, because they are identified by what they say.
 */
async function take(
  deps: RecordDeps,
  progress: Progress,
  signal: AbortSignal,
  batch: RecordBatch,
  alive: () => Promise<void>,
): Promise<number> {
  const write = async (): Promise<void> => {
    await alive();
    const made = await rowsOf(deps, batch);
    deps.failpoint('record.before-insert');
    await insert(deps, made);
  };
  // Bad rows are dealt with inside the insert: whatever else a component refuses (a table that is not there yet) is waited for, visibly.
  const retry = (error: unknown): boolean => error instanceof ImpactError;
  await persist(write, { signal, onWait: (error) => waiting(deps, progress, error), retry });
  deps.failpoint('record.before-commit');
  return nextOffset(batch);
}

function waiting({ log }: RecordDeps, progress: Progress, error: Error | null): void {
  progress.waitFor(error === null ? null : error.message);
  if (error) log.warn({ error: error.message }, 'a component is away; the batch is tried again');
}

/** Joins the group and starts sampling. Resolves when both are under way. */
export async function startRecord(deps: RecordDeps): Promise<RunningStage> {
  const stopping = new AbortController();
  const progress = createProgress(deps.now);
  const sampling = keepSampling({ ...deps, namespace: deps.config.namespace }, stopping.signal, progress.sampled);
  await deps.consumer.start({
    assigned: (_, partitions) =>
      progress.assigned(partitions.map((one) => ({ ...one, topic: withoutNamespace(one.topic, deps.config.namespace) }))),
    broken: (error) => progress.broken(`waits for kafka: ${error.message}`),
    async batch(batch, generation, alive) {
      progress.began();
      const offset = await take(deps, progress, stopping.signal, batch, alive).finally(progress.ended);
      await deps.consumer.commit(generation, [{ topic: batch.topic, partition: batch.partition, offset }]);
      return true;
    },
  });
  return {
    name: 'record',
    health: progress.health,
    async stop() {
      stopping.abort();
      await deps.consumer.stop();
      await sampling;
      await deps.offsets.close();
    },
  };
}
