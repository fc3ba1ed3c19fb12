/** Follows a topic with committed transactions only, from its beginning, until a test has seen what it waits for. */
import { randomUUID } from 'node:crypto';
import type { Transition } from '../../src/domain/alert.ts';
import type { Rollback } from '../../src/domain/guard/rollback.ts';
import { topicName } from '../../src/domain/names.ts';
import { topics } from '../../src/domain/topics.ts';
import type { WindowUpdate } from '../../src/domain/window.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import type { Decoder } from '../../src/runtime/codec.ts';

export type Followed<T> = { records: T[]; timestamps: number[]; stop(): Promise<void> };

export async function follow<T>({ kafka, config }: Adapters, topic: string, decoder: Decoder): Promise<Followed<T>> {
  const consumer = kafka.consumer({ groupId: `follow-${randomUUID()}`, maxWaitTimeInMs: 20 });
  const followed: Followed<T> = { records: [], timestamps: [], stop: () => consumer.disconnect() };
  const seen = new Set<string>();
  await consumer.connect();
  await consumer.subscribe({ topic: topicName(config.namespace, topic), fromBeginning: true });
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      await decoder.prepare(batch.messages.map(({ value }) => value));
      for (const { value, timestamp, offset } of batch.messages) {
        // A consumer that loses its connection reads on from its committed offsets, and it commits none: one record is one record.
        const place = `${batch.partition}/${offset}`;
        if (seen.has(place)) continue;
        seen.add(place);
        const decoded = decoder.decode(value);
        if (!decoded.ok) throw new Error(decoded.fault.message);
        followed.records.push(decoded.record as T);
        followed.timestamps.push(Number(timestamp));
      }
    },
  });
  await joined;
  return followed;
}

export const followAlerts = (adapters: Adapters) => follow<Transition>(adapters, topics.alerts, adapters.registry.decoder('alert'));
export const followWindows = (adapters: Adapters) => follow<WindowUpdate>(adapters, topics.windows, adapters.registry.decoder('window'));
export const followRollbacks = (adapters: Adapters) => follow<Rollback>(adapters, topics.rollbacks, adapters.registry.decoder('rollback'));
