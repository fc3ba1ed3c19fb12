/** What happens to a partition that the breaker stops: it is paused, and read again from where its faults began once the hold is over. */
import type { Log } from '../../src/runtime/log.ts';
import type { BatchConsumer, TopicPartition } from '../../src/runtime/records.ts';
import type { createBreakers } from './breaker.ts';
import type { createProgress } from './health.ts';

export type HoldDeps = {
  consumer: Pick<BatchConsumer, 'pause' | 'resume' | 'seek'>;
  breakers: Pick<ReturnType<typeof createBreakers>, 'hold' | 'released'>;
  progress: Pick<ReturnType<typeof createProgress>, 'holds' | 'freed'>;
  log: Log;
};
/** Stops a partition for a while; it goes on at `offset`. */
export type Hold = (partition: TopicPartition, offset: number, reason: string) => void;

/** @param holdMs as the breakers have it */
export function createHold({ consumer, breakers, progress, log }: HoldDeps, holdMs: number): Hold {
  /** Asked when a hold may be over, for with every partition held no batch comes. */
  const release = (): void => {
    for (const partition of breakers.released()) {
      progress.freed(partition);
      consumer.resume(partition);
    }
  };
  return ({ topic, partition }, offset, reason) => {
    const held = { topic, partition };
    breakers.hold(held);
    progress.holds(held, reason);
    consumer.pause(held);
    consumer.seek({ ...held, offset });
    setTimeout(release, holdMs + 1).unref();
    log.error({ ...held, offset, reason }, 'the breaker stopped a partition: too many faults that may be our own');
  };
}
