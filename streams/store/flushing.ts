/** What stands around a flush: outages are waited out, and what cannot be stored is read again. */
import { topicName } from '../../src/domain/names.ts';
import { topics } from '../../src/domain/topics.ts';
import { persist } from '../../src/runtime/backoff.ts';
import type { StoreDeps } from '../store.ts';
import { partitionKey, positionsOf, type StoreBatch } from './batch.ts';
import type { createBreakers } from './breaker.ts';
import type { StoreBuffer } from './buffer.ts';
import { endLeftovers, type FlushDeps, flush, NoLongerOwner } from './flush.ts';
import type { createProgress } from './health.ts';
import type { Hold } from './hold.ts';
import { TooManyRefused } from './insert.ts';
import { rowsOf } from './row.ts';

/** `restarts` counts how often reading began anew: a handler that waited notices that the world has changed. */
export type World = { generation: number; restarts: number };

export type FlushingDeps = {
  world: World;
  buffer: StoreBuffer;
  breakers: ReturnType<typeof createBreakers>;
  progress: Pick<ReturnType<typeof createProgress>, 'committed'>;
  stopping: AbortSignal;
  /** A component is waited for, or answers again (null). */
  waiting(component: string, error: Error | null): void;
  hold: Hold;
};

function flushDepsOf(deps: StoreDeps, { world, breakers, stopping, waiting }: FlushingDeps): FlushDeps {
  const { config, log, metrics, clickhouse, consumer, failpoint } = deps;
  return {
    clickhouse,
    send: (topic, messages) => deps.producer.send(topic, messages),
    commit: (wanted, positions) => consumer.commit(wanted, positions),
    failpoint,
    metrics,
    log,
    persist: (component, work) =>
      persist(work, {
        signal: stopping,
        onWait: (error) => waiting(component, error),
        // Records are never to blame here: bad rows are dealt with inside the insert. So whatever fails is waited for, visibly.
        retry: (error) => !(error instanceof TooManyRefused || error instanceof NoLongerOwner),
      }),
    owns: (batch) => batch.generation === world.generation && consumer.owns(),
    refusals: breakers,
    deadLetterTopic: topicName(config.namespace, topics.deadLetters),
    lateTopic: topicName(config.namespace, topics.lateEvents),
  };
}

/** @returns what flushes a batch; it never rejects */
export function createFlushing(deps: StoreDeps, own: FlushingDeps): (batch: StoreBatch) => Promise<void> {
  const { log, metrics, consumer, around = (_, work) => work() } = deps;
  const { world, buffer, progress, stopping, hold } = own;
  const flushDeps = flushDepsOf(deps, own);
  let fenced = 0;

  /** Nothing of the batch is committed. All that was read since is read again, and what ClickHouse refuses stays held for a while. */
  const abandon = (batch: StoreBatch, error: unknown): void => {
    if (stopping.aborted || batch.generation !== world.generation) return;
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

  return async (batch) => {
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
}
