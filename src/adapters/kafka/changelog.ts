/** Reads a partition of a changelog from its beginning up to a barrier. One consumer serves all partitions, asleep while nobody restores. */
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { withAdmin } from './admin.ts';
import { farewell } from './lives.ts';

/** `barrier`: offset of the last record wanted. The rest is what has been read so far. */
type Reading = {
  barrier: bigint;
  entries: Map<string, string>;
  resolve: (entries: Map<string, string>) => void;
  reject: (error: Error) => void;
  lastSign: number;
};
type Readings = Map<number, Reading>;

export type Changelog = {
  /** The latest value of each key, in the order of writing. @throws when Kafka is away, or yields nothing for a while */
  read(partition: number, barrier: bigint): Promise<Map<string, string>>;
  stop(): Promise<void>;
};

const SILENCE_MS = 20_000;
const CHECK_MS = 500;

/** A key that is written anew goes to the end: later entries may build on earlier ones. @throws on what nobody here has written */
function take(entries: Map<string, string>, key: Buffer | null, value: Buffer | null): void {
  // What stands in for a batch that is not read has no key either: a state with holes must not be gone on with.
  if (key === null) throw new Error(`an entry without a key in the changelog: ${value?.toString()}`);
  const name = key.toString();
  entries.delete(name);
  if (value !== null) entries.set(name, value.toString());
}

function takeBatch(readings: Readings, { batch, resolveOffset, isStale }: EachBatchPayload): number | null {
  const reading = readings.get(batch.partition);
  if (!reading || isStale()) return null;
  reading.lastSign = performance.now();
  for (const { offset, key, value } of batch.messages) if (BigInt(offset) <= reading.barrier) take(reading.entries, key, value);
  resolveOffset(batch.lastOffset());
  return BigInt(batch.lastOffset()) >= reading.barrier ? batch.partition : null;
}

function finish(consumer: Consumer, topic: string, readings: Readings, partition: number): void {
  const reading = readings.get(partition);
  readings.delete(partition);
  consumer.pause([{ topic, partitions: [partition] }]);
  reading?.resolve(reading.entries);
}

async function begin(consumer: Consumer, topic: string, readings: Readings, gone: (error: Error) => void): Promise<Consumer> {
  const joined = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const asleep = (payload.memberAssignment[topic] ?? []).filter((partition) => !readings.has(partition));
      consumer.pause([{ topic, partitions: asleep }]);
      resolve();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      reject(payload.error);
      gone(payload.error);
    });
  });
  joined.catch(() => {});
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

/** Tells once nothing has come for a while: the caller opens everything anew. */
function watchSilence(readings: Readings, partition: number, reading: Reading, silent: (error: Error) => void): void {
  const timer = setInterval(() => {
    if (readings.get(partition) !== reading) clearInterval(timer);
    else if (performance.now() - reading.lastSign > SILENCE_MS) silent(new Error(`the changelog's partition ${partition} yields nothing`));
  }, CHECK_MS);
}

/** @param topic the full name */
export function createChangelog(kafka: Kafka, topic: string): Changelog {
  const readings: Readings = new Map();
  const groups: string[] = [];
  let current: Promise<Consumer> | null = null;
  let stopped = false;

  /**
   * A consumer that broke is not mended but replaced, in a group of its own again: as a new member of the old group it would wait
   * until the session of the old member has expired.
   */
  function renew(): Promise<Consumer> {
    if (stopped) return Promise.reject(new Error('the stage has stopped'));
    const groupId = `${topic}-restore-${randomUUID()}`;
    groups.push(groupId);
    const consumer = kafka.consumer({
      groupId,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5, restartOnFailure: async () => false },
    });
    const gone = (error: Error): void => {
      if (current !== began) return;
      current = null;
      for (const { reject } of readings.values()) reject(error);
      readings.clear();
      void farewell(consumer.disconnect());
    };
    const began = begin(consumer, topic, readings, gone);
    current = began;
    began.catch(gone);
    return began;
  }

  return {
    async read(partition, barrier) {
      const running = await (current ?? renew());
      return new Promise((resolve, reject) => {
        const reading: Reading = { barrier, entries: new Map(), resolve, reject, lastSign: performance.now() };
        // Whoever asked before has lost the partition meanwhile, and must not wait for ever.
        readings.get(partition)?.reject(new Error(`the changelog's partition ${partition} is read anew`));
        readings.set(partition, reading);
        watchSilence(readings, partition, reading, (error) => {
          readings.delete(partition);
          reject(error);
        });
        running.seek({ topic, partition, offset: '0' });
        running.resume([{ topic, partitions: [partition] }]);
      });
    },
    async stop() {
      stopped = true;
      const last = current;
      current = null;
      if (last) await farewell(last.then((running) => running.disconnect()));
      // Groups that stay are forgotten by the brokers after a while: no reason to wait for brokers that are away.
      const forget = () => withAdmin(kafka, (admin) => admin.deleteGroups(groups), { retry: { retries: 1 } });
      if (groups.length > 0) await farewell(forget());
    },
  };
}
