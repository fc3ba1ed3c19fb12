/** What stands around both halves of a flush: outages are waited out, and what cannot be stored is read again. */
import { topicName } from '../../src/domain/names.ts';
import { topics } from '../../src/domain/topics.ts';
import { persist } from '../../src/runtime/backoff.ts';
import type { FlusherDeps } from '../../src/runtime/flusher.ts';
import { noSpan } from '../../src/runtime/tracer.ts';
import type { StoreDeps } from '../store.ts';
import { partitionKey, type StoreBatch } from './batch.ts';
import type { createBreakers } from './breaker.ts';
import type { StoreBuffer } from './buffer.ts';
import { endLeftovers, type FlushDeps, finish, insertBatch, NoLongerOwner } from './flush.ts';
import type { createProgress } from './health.ts';
import type { Hold } from './hold.ts';
import { TooManyRefused } from './insert.ts';
import { type Inserted, insertedOf, joinInserted } from './inserted.ts';
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
  const waitOut: FlushDeps['persist'] = (component, work) =>
    persist(work, {
      signal: stopping,
      onWait: (error) => waiting(component, error),
      // Records are never to blame here: bad rows are dealt with inside the insert. So whatever fails is waited for, visibly.
      retry: (error) => !(error instanceof TooManyRefused || error instanceof NoLongerOwner),
    });
  return {
    clickhouse,
    send: (topic, messages) => deps.producer.send(topic, messages),
    commit: (wanted, positions) => consumer.commit(wanted, positions),
    failpoint,
    metrics,
    log,
    persist: waitOut,
    owned: (generation) =>
      waitOut('kafka', async () => {
        if (generation !== world.generation) throw new NoLongerOwner();
        if (!consumer.owns()) throw new Error('the group has not confirmed the membership for as long as a session lasts');
      }),
    refusals: breakers,
    deadLetterTopic: topicName(config.namespace, topics.deadLetters),
    lateTopic: topicName(config.namespace, topics.lateEvents),
  };
}

/** Both halves of a flush; they never reject. */
export function createFlushing(deps: StoreDeps, own: FlushingDeps): Pick<FlusherDeps<StoreBatch, Inserted>, 'insert' | 'finish'> {
  const { log, metrics, consumer, begin = () => noSpan } = deps;
  const { world, buffer, progress, stopping, hold } = own;
  const flushDeps = flushDepsOf(deps, own);
  let fenced = 0;

  /** The batch is read again, with all that was read since; what was inserted before it is finished. What ClickHouse refuses stays held for a while. */
  const abandon = (batch: StoreBatch, error: unknown): void => {
    if (stopping.aborted || batch.generation !== world.generation) return;
    const refused = error instanceof TooManyRefused ? new Set(error.rows.map(({ origin }) => partitionKey(origin.from))) : new Set();
    const reason = (error as Error).message;
    log.error({ error: reason }, 'a batch was given up; its records will be read again');
    for (const [key, { topic, partition, first }] of new Map([...buffer.filling.slots, ...batch.slots])) {
      if (refused.has(key)) hold({ topic, partition }, first, reason);
      else consumer.seek({ topic, partition, offset: first });
    }
    world.restarts += 1;
    buffer.restart(world.generation);
  };

  /**
   * Tried until it succeeds, whatever it fails of: a later commit would cover what was given up here. Only another generation ends it early, or
   * the end of this process, and then its records are read again, for they are not committed.
   */
  const finishOne = async (inserted: Inserted): Promise<void> => {
    const { generation, positions, spans, startedAt } = inserted;
    try {
      await flushDeps.owned(generation);
      if (fenced !== generation) await endLeftovers(flushDeps);
      fenced = generation;
      const finished = (): Promise<boolean> => flushDeps.persist('rollups', () => finish(inserted, flushDeps));
      if (await spans[0]?.within(finished)) progress.committed(positions.values());
      metrics.observe('impact_store_flush_seconds', (performance.now() - startedAt) / 1000);
    } catch (error) {
      log.debug({ generation, error: (error as Error).message }, 'a flush ended early; its records will be read again');
      for (const span of spans) span.failed(error);
    } finally {
      for (const span of spans) span.end();
    }
  };

  return {
    async insert(batch) {
      const startedAt = performance.now();
      const span = begin(batch.slots.values());
      try {
        await span.within(() => insertBatch(batch, flushDeps));
        metrics.count('impact_store_events_total', {}, rowsOf(batch.block));
        return insertedOf(batch, startedAt, span);
      } catch (error) {
        abandon(batch, error);
        span.failed(error);
        span.end();
        return null;
      } finally {
        buffer.release(batch);
      }
    },
    async finish(inserted) {
      for (const group of joinInserted(inserted)) await finishOne(group);
    },
  };
}
