/** The store: every event as one row and its rollups, exactly once. Decoding goes on while ClickHouse works on the flush before. */
import type { Config } from '../src/config.ts';
import { type EventKind, eventKinds } from '../src/domain/event.ts';
import { topicName } from '../src/domain/names.ts';
import { eventTopics, topics } from '../src/domain/topics.ts';
import { persist } from '../src/runtime/backoff.ts';
import type { Registry } from '../src/runtime/codec.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import { createFlusher } from '../src/runtime/flusher.ts';
import type { Log } from '../src/runtime/log.ts';
import type { Metrics } from '../src/runtime/metrics.ts';
import { noLongerThan } from '../src/runtime/patience.ts';
import type { BatchConsumer, ConsumerHandlers, Send, TopicPartition } from '../src/runtime/records.ts';
import type { RunningStage } from '../src/runtime/stage.ts';
import type { AroundFlush } from '../src/runtime/traced-flushes.ts';
import { partitionKey, positionsOf, type StoreBatch } from './store/batch.ts';
import { createBreakers, HOLD_MS } from './store/breaker.ts';
import { createBuffer } from './store/buffer.ts';
import { endLeftovers, type FlushDeps, flush, NoLongerOwner } from './store/flush.ts';
import { createProgress } from './store/health.ts';
import { TooManyRefused } from './store/insert.ts';
import type { Source } from './store/intake.ts';
import { Lane } from './store/lane.ts';
import { createReading } from './store/reading.ts';
import { rowsOf } from './store/row.ts';

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

const STOP_MS = 10_000;

/** The topics that the store reads, full names. */
export const storeTopics = (namespace: string): string[] => Object.values(eventTopics).map((topic) => topicName(namespace, topic));

function sourcesOf({ config, registry }: StoreDeps): Map<string, Source> {
  const source = (kind: EventKind): Source => ({ kind, decoder: registry.decoder(kind), decoded: new Set(), lane: new Lane(kind) });
  return new Map(eventKinds.map((kind) => [topicName(config.namespace, eventTopics[kind]), source(kind)]));
}

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
  /** `restarts` counts how often reading began anew: a handler that waited notices that the world has changed. */
  const world = { generation: 0, restarts: 0 };
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
    owns: (batch) => batch.generation === world.generation && consumer.owns(),
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
    if (stopping.signal.aborted || batch.generation !== world.generation) return;
    const refused = error instanceof TooManyRefused ? new Set(error.rows.map(({ origin }) => partitionKey(origin.from))) : new Set();
    const reason = (error as Error).message;
    log.error({ error: reason }, 'a flush was given up; its records will be read again');
    for (const [key, { topic, partition, first }] of new Map([...buffer.filling.slots, ...batch.slots])) {
      if (refused.has(key)) hold({ topic, partition }, first, reason);
      else consumer.seek({ topic, partition, offset: first });
    }
    world.restarts += 1;
    buffer.restart(world.generation);
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

  const read = createReading({ config, now, buffer, flusher, breakers, stopping: stopping.signal, world, waiting, hold });

  const handlers: ConsumerHandlers = {
    assigned(current, partitions) {
      world.generation = current;
      world.restarts += 1;
      buffer.restart(current);
      breakers.restart();
      progress.assigned();
      for (const partition of partitions) consumer.resume(partition);
      log.info({ generation: current, partitions: partitions.length }, 'partitions assigned');
    },
    async batch(batch, wanted, alive) {
      const source = sources.get(batch.topic);
      if (!source || wanted !== world.generation || breakers.isHeld(batch) || stopping.signal.aborted) return false;
      progress.sees(batch);
      const taken = await read(batch, source, alive);
      flusher.kick();
      return taken;
    },
    broken: (error) => waiting('kafka', error),
  };

  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    await noLongerThan(STOP_MS, flusher.settled());
    stopping.abort();
    flusher.stop();
    await consumer.stop();
  };

  return { handlers, stop, health: progress.health };
}
