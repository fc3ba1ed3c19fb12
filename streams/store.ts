/** The store: every event as one row and its rollups, exactly once. Decoding goes on while ClickHouse works on what came before. */
import type { Config } from '../src/config.ts';
import { type EventKind, eventKinds } from '../src/domain/event.ts';
import { topicName } from '../src/domain/names.ts';
import { eventTopics } from '../src/domain/topics.ts';
import type { Registry } from '../src/runtime/codec.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import { createFlusher } from '../src/runtime/flusher.ts';
import { noLongerThan } from '../src/runtime/patience.ts';
import type { BatchConsumer, ConsumerHandlers, Send } from '../src/runtime/records.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import type { BeginFlush } from '../src/runtime/traced-flushes.ts';
import { createBreakers, HOLD_MS } from './store/breaker.ts';
import { createBuffer } from './store/buffer.ts';
import type { FlushDeps } from './store/flush.ts';
import { createFlushing, type World } from './store/flushing.ts';
import { createProgress } from './store/health.ts';
import { createHold } from './store/hold.ts';
import type { Source } from './store/intake.ts';
import { Lane } from './store/lane.ts';
import { createReading } from './store/reading.ts';

export type StoreDeps = StageDeps & {
  config: Config;
  failpoint: Failpoint;
  registry: Pick<Registry, 'decoder'>;
  clickhouse: FlushDeps['clickhouse'];
  /** For dead letters and late events. */
  producer: { send: Send };
  /** Of the group `impact-store`, over `storeTopics`. */
  consumer: BatchConsumer;
  /** Told of each flush once. */
  begin?: BeginFlush;
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
  const { config, log, now, consumer, holdMs = HOLD_MS } = deps;
  const sources = sourcesOf(deps);
  const progress = createProgress(now);
  const breakers = createBreakers({ share: config.breakerShare, sample: config.breakerSample, run: config.breakerRun }, now, holdMs);
  const buffer = createBuffer(config, now);
  const stop = new AbortController();
  const stopping = stop.signal;
  const world: World = { generation: 0, restarts: 0 };
  const waiting = (component: string, error: Error | null): void => {
    progress.waiting(component, error);
    if (error) log.warn({ component, error: error.message }, 'waiting for a component that does not answer');
  };
  const hold = createHold({ consumer, breakers, progress, log }, holdMs);
  const halves = createFlushing(deps, { world, buffer, breakers, progress, stopping, waiting, hold });
  const flusher = createFlusher({ take: buffer.take, delayMs: buffer.delayMs, ...halves });
  const read = createReading({ config, now, buffer, flusher, breakers, stopping, world, waiting, hold });

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
      if (!source || wanted !== world.generation || breakers.isHeld(batch) || stopping.aborted) return false;
      progress.sees(batch);
      const taken = await read(batch, source, alive);
      flusher.kick();
      return taken;
    },
    broken: (error) => waiting('kafka', error),
  };

  return {
    handlers,
    health: progress.health,
    async stop(): Promise<void> {
      if (stopping.aborted) return;
      await noLongerThan(STOP_MS, flusher.stop());
      stop.abort();
      await consumer.stop();
    },
  };
}
