/** The store: every event as one row and its rollups, exactly once. Decoding goes on while ClickHouse works on the flush before. */
import type { Config } from '../src/config.ts';
import { type EventKind, eventKinds } from '../src/domain/event.ts';
import { topicName } from '../src/domain/names.ts';
import { eventTopics, topics } from '../src/domain/topics.ts';
import { persist } from '../src/runtime/backoff.ts';
import type { Registry } from '../src/runtime/codec.ts';
import { RecordCursor } from '../src/runtime/cursor.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import { createFlusher } from '../src/runtime/flusher.ts';
import type { Log } from '../src/runtime/log.ts';
import type { Metrics } from '../src/runtime/metrics.ts';
import type { BatchConsumer, ConsumerHandlers, RecordBatch, Send, TopicPartition } from '../src/runtime/records.ts';
import type { RunningStage } from '../src/runtime/stage.ts';
import type { AroundFlush } from '../src/runtime/traced-flushes.ts';
import { partitionKey, positionsOf, type Slot, type StoreBatch, slotOf } from './store-batch.ts';
import { createBreakers, HOLD_MS, takeBack } from './store-breaker.ts';
import { createBuffer } from './store-buffer.ts';
import { endLeftovers, type FlushDeps, flush, NoLongerOwner } from './store-flush.ts';
import { createProgress } from './store-health.ts';
import { TooManyRefused } from './store-insert.ts';
import { type Source, schemaIdOf, take } from './store-intake.ts';
import { Lane } from './store-lane.ts';
import { rowsOf } from './store-row.ts';

export type StoreDeps = {
  config: Config;
  log: Log;
  metrics: Metrics;
  failpoint: Failpoint;
  /** The clock, milliseconds since 1970. */
  now: () => number;
  registry: Pick<Registry, 'decoder'>;
  clickhouse: FlushDeps['clickhouse'];
  /** For dead letters and late events. */
  producer: { send: Send };
  /** Of the group `impact-store`, over `storeTopics`. */
  consumer: BatchConsumer;
  /** Told of each flush once. */
  around?: AroundFlush;
  /** How long the breaker holds a partition before it is tried again, milliseconds. */
  holdMs?: number;
};

const DAY_MS = 86_400_000;
const STOP_MS = 10_000;
const ROOM_POLL_MS = 500;

/** The topics that the store reads, full names. */
export const storeTopics = (namespace: string): string[] => Object.values(eventTopics).map((topic) => topicName(namespace, topic));

function sourcesOf({ config, registry }: StoreDeps): Map<string, Source> {
  const source = (kind: EventKind): Source => ({ kind, decoder: registry.decoder(kind), decoded: new Set(), lane: new Lane(kind) });
  return new Map(eventKinds.map((kind) => [topicName(config.namespace, eventTopics[kind]), source(kind)]));
}

/** The partition's slot in the batch, which remembers what it was read from. */
function fill(batch: StoreBatch, read: RecordBatch, first: number): Slot {
  const slot = slotOf(batch, read, first);
  slot.runs.push(...read.runs);
  return slot;
}

/** Its timer does not keep a process alive that has nothing else to do. */
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** Starts the stage: joins the group and stores until stopped. Outages are waited out; `health` says which. */
export async function startStore(deps: StoreDeps): Promise<RunningStage> {
  const store = createStore(deps);
  await deps.consumer.start(store.handlers);
  return { name: 'store', stop: store.stop, health: store.health };
}

function createStore(deps: StoreDeps) {
  const { config, log, metrics, now, consumer, around = (_, work) => work(), holdMs = HOLD_MS } = deps;
  const sources = sourcesOf(deps);
  const progress = createProgress(now);
  const breakers = createBreakers({ share: config.breakerShare, sample: config.breakerSample, run: config.breakerRun }, now, holdMs);
  const buffer = createBuffer(config, now);
  const stopping = new AbortController();
  let generation = 0;
  /** Counts restarts of the intake: a handler that waited notices that the world has changed. */
  let restarts = 0;
  let fenced = 0;

  const waiting = (component: string, error: Error | null): void => {
    progress.waiting(component, error);
    if (error) log.warn({ component, error: error.message }, 'waiting for a component that does not answer');
  };
  const flushDeps: FlushDeps = {
    clickhouse: deps.clickhouse,
    send: (topic, messages) => deps.producer.send(topic, messages),
    commit: (wanted, positions) => consumer.commit(wanted, positions),
    failpoint: deps.failpoint,
    metrics,
    log,
    persist: (component, work) =>
      persist(work, {
        signal: stopping.signal,
        onWait: (error) => waiting(component, error),
        // Records are never to blame here: bad rows are dealt with inside the insert. So whatever fails is waited for, visibly.
        retry: (error) => !(error instanceof TooManyRefused || error instanceof NoLongerOwner),
      }),
    owns: (batch) => batch.generation === generation && consumer.owns(),
    refusals: breakers,
    deadLetterTopic: topicName(config.namespace, topics.deadLetters),
    lateTopic: topicName(config.namespace, topics.lateEvents),
  };

  const hold = (partition: TopicPartition, offset: number, reason: string): void => {
    breakers.hold(partition);
    progress.holds(partition, reason);
    consumer.pause(partition);
    consumer.seek({ topic: partition.topic, partition: partition.partition, offset });
    setTimeout(release, holdMs + 1).unref();
    log.error(
      { topic: partition.topic, partition: partition.partition, offset, reason },
      'the breaker stopped a partition: too many faults that may be our own',
    );
  };

  /** Asked when a hold may be over, for with every partition held no batch comes. */
  const release = (): void => {
    for (const partition of breakers.released()) {
      progress.freed(partition);
      consumer.resume(partition);
    }
  };

  /** Nothing of the batch is committed. All that was read since is read again, and what ClickHouse refuses stays held for a while. */
  const abandon = (batch: StoreBatch, error: unknown): void => {
    if (stopping.signal.aborted || batch.generation !== generation) return;
    const refused = error instanceof TooManyRefused ? new Set(error.rows.map(({ origin }) => partitionKey(origin.from))) : new Set();
    const reason = (error as Error).message;
    log.error({ error: reason }, 'a flush was given up; its records will be read again');
    for (const [key, { topic, partition, first }] of new Map([...buffer.filling.slots, ...batch.slots])) {
      if (refused.has(key)) hold({ topic, partition }, first, reason);
      else consumer.seek({ topic, partition, offset: first });
    }
    restarts += 1;
    buffer.restart(generation);
  };

  const flushOne = async (batch: StoreBatch): Promise<void> => {
    const started = performance.now();
    try {
      if (fenced !== batch.generation) await endLeftovers(flushDeps);
      fenced = batch.generation;
      if (await around(batch.slots.values(), () => flush(batch, flushDeps))) progress.committed(positionsOf(batch));
      metrics.observe('impact_store_flush_seconds', (performance.now() - started) / 1000);
      metrics.count('impact_store_events_total', {}, rowsOf(batch.block));
    } catch (error) {
      abandon(batch, error);
    } finally {
      buffer.release(batch);
    }
  };
  const flusher = createFlusher(buffer.take, buffer.delayMs, flushOne);

  /** Backpressure: while a flush is in flight and the next batch is full, nothing more is taken. The membership is kept meanwhile. */
  const room = async (alive: () => Promise<void>): Promise<void> => {
    flusher.kick();
    while (buffer.full() && !stopping.signal.aborted) {
      await Promise.race([flusher.settled(), after(ROOM_POLL_MS)]);
      flusher.kick();
      await alive();
    }
  };

  /** Too many faults of ours in one partition: it is read again from the first of them, later. What was dead-lettered before stays so. */
  const trip = (batch: StoreBatch, slot: Slot, offset: number): void => {
    const again = takeBack(batch, slot, offset);
    slot.next = again;
    hold(slot, again, 'records fail that should not');
  };

  /** The schema of the record that the cursor is at, if it is new: an outage of the registry is waited out. */
  const prepare = async ({ decoder }: Source, cursor: RecordCursor, alive: () => Promise<void>): Promise<void> => {
    await persist(() => decoder.prepare([cursor.value()]), {
      signal: stopping.signal,
      onWait: (error) => {
        waiting('registry', error);
        return alive();
      },
    });
  };

  /** Offers records until one trips the breaker, or the world changes while waiting. */
  const takeAll = async (read: RecordBatch, source: Source, alive: () => Promise<void>): Promise<boolean> => {
    const key = partitionKey(read);
    const limits = { now: now(), maxFutureMs: config.maxFutureMs, oldest: now() - config.retentionRawDays * DAY_MS };
    const cursor = new RecordCursor(read.runs, read.from);
    const world = restarts;
    let [batch, fine] = [buffer.filling, 0];
    let slot = fill(batch, read, read.from);
    while (cursor.next()) {
      const schemaId = schemaIdOf(cursor);
      if (schemaId !== null && !source.decoder.isPrepared(schemaId)) await prepare(source, cursor, alive);
      if (buffer.full()) await room(alive);
      if (world !== restarts || stopping.signal.aborted) return false;
      if (batch !== buffer.filling) {
        batch = buffer.filling;
        slot = fill(batch, read, cursor.offset);
      }
      const outcome = take(batch, slot, cursor, source, limits);
      batch.since ??= limits.now;
      slot.next = cursor.offset + 1;
      if (outcome !== 'ours') fine += 1;
      else {
        breakers.passed(key, fine);
        fine = 0;
        if (breakers.failed(key)) {
          trip(batch, slot, cursor.offset);
          return false;
        }
      }
    }
    breakers.passed(key, fine);
    return true;
  };

  const handlers: ConsumerHandlers = {
    assigned(current, partitions) {
      [generation, restarts] = [current, restarts + 1];
      buffer.restart(current);
      breakers.restart();
      progress.assigned();
      for (const partition of partitions) consumer.resume(partition);
      log.info({ generation, partitions: partitions.length }, 'partitions assigned');
    },
    async batch(batch, wanted, alive) {
      const source = sources.get(batch.topic);
      if (!source || wanted !== generation || breakers.isHeld(batch) || stopping.signal.aborted) return false;
      progress.sees(batch);
      const taken = await takeAll(batch, source, alive);
      flusher.kick();
      return taken;
    },
    broken: (error) => waiting('kafka', error),
  };

  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    await Promise.race([flusher.settled(), after(STOP_MS)]);
    stopping.abort();
    flusher.stop();
    await consumer.stop();
  };

  return { handlers, stop, health: progress.health };
}
