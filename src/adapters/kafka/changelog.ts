/** Reads a partition of a changelog from its beginning up to a barrier. One consumer serves all partitions, asleep while nobody restores. */
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { withAdmin } from './admin.ts';

/** `barrier`: offset of the last record wanted. The rest is what has been read so far. */
type Reading = { barrier: bigint; entries: Map<string, string>; resolve: (entries: Map<string, string>) => void; lastSign: number };

export type Changelog = {
  /** The latest value of each key, in the order of writing. @throws when Kafka yields nothing for a while */
  read(partition: number, barrier: bigint): Promise<Map<string, string>>;
  stop(): Promise<void>;
};

const SILENCE_MS = 20_000;
const CHECK_MS = 500;

/** A key that is written anew goes to the end: later entries may build on earlier ones. */
function take(entries: Map<string, string>, key: Buffer | null, value: Buffer | null): void {
  const name = String(key);
  entries.delete(name);
  if (value !== null) entries.set(name, value.toString());
}

function takeBatch(readings: Map<number, Reading>, { batch, resolveOffset, isStale }: EachBatchPayload): number | null {
  const reading = readings.get(batch.partition);
  if (!reading || isStale()) return null;
  reading.lastSign = performance.now();
  for (const { offset, key, value } of batch.messages) if (BigInt(offset) <= reading.barrier) take(reading.entries, key, value);
  resolveOffset(batch.lastOffset());
  return BigInt(batch.lastOffset()) >= reading.barrier ? batch.partition : null;
}

function finish(consumer: Consumer, topic: string, readings: Map<number, Reading>, partition: number): void {
  const reading = readings.get(partition);
  readings.delete(partition);
  consumer.pause([{ topic, partitions: [partition] }]);
  reading?.resolve(reading.entries);
}

async function begin(kafka: Kafka, groupId: string, topic: string, readings: Map<number, Reading>): Promise<Consumer> {
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: async () => true },
  });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const asleep = (payload.memberAssignment[topic] ?? []).filter((partition) => !readings.has(partition));
      consumer.pause([{ topic, partitions: asleep }]);
      resolve();
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 8,
    eachBatch: async (payload) => {
      const done = takeBatch(readings, payload);
      if (done !== null) finish(consumer, topic, readings, done);
    },
  });
  await joined;
  return consumer;
}

/** Rejects once nothing has come for a while: the caller opens everything anew. */
function watchSilence(readings: Map<number, Reading>, partition: number, reading: Reading, reject: (error: Error) => void): void {
  const timer = setInterval(() => {
    if (readings.get(partition) !== reading) clearInterval(timer);
    else if (performance.now() - reading.lastSign > SILENCE_MS) {
      readings.delete(partition);
      clearInterval(timer);
      reject(new Error(`the changelog's partition ${partition} yields nothing`));
    }
  }, CHECK_MS);
}

/** @param topic the full name */
export function createChangelog(kafka: Kafka, topic: string): Changelog {
  const groupId = `${topic}-restore-${randomUUID()}`;
  const readings = new Map<number, Reading>();
  let consumer: Promise<Consumer> | null = null;
  return {
    async read(partition, barrier) {
      consumer ??= begin(kafka, groupId, topic, readings);
      const running = await consumer.catch((error: unknown) => {
        consumer = null;
        throw error;
      });
      return new Promise((resolve, reject) => {
        const reading = { barrier, entries: new Map(), resolve, lastSign: performance.now() };
        readings.set(partition, reading);
        watchSilence(readings, partition, reading, reject);
        running.seek({ topic, partition, offset: '0' });
        running.resume([{ topic, partitions: [partition] }]);
      });
    },
    async stop() {
      if (!consumer) return;
      await consumer.then((running) => running.disconnect()).catch(() => {});
      await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {});
    },
  };
}
