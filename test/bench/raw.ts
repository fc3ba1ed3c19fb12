/** Raw rows only: the store's own intake and insert, without rollups, dead letters and commits; what bare fetching is held against. */
import { createBatchConsumer } from '../../src/adapters/kafka/consumer.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import { RecordCursor } from '../../src/runtime/cursor.ts';
import type { RecordBatch } from '../../src/runtime/records.ts';
import { newBatch, type StoreBatch, slotOf } from '../../streams/store/batch.ts';
import { insertRaw } from '../../streams/store/insert.ts';
import { type Source, take } from '../../streams/store/intake.ts';
import { Lane } from '../../streams/store/lane.ts';
import { newEventBlock, rowsOf } from '../../streams/store/row.ts';
import { leadTopic } from './load.ts';

const noLimit = { insertedRows: () => {}, refusedRow: () => true };

function takeAll(read: RecordBatch, batch: StoreBatch, source: Source, now: number): void {
  const slot = slotOf(batch, read, read.from);
  const cursor = new RecordCursor(read.runs, read.from);
  while (cursor.next()) {
    const outcome = take(batch, slot, cursor, source, { now, maxFutureMs: 300_000, oldest: 0 });
    if (outcome !== 'stored') throw new Error(`an event of the load was ${outcome}`);
  }
}

/** @returns events a second, from the first batch to the last insert */
export async function rawRate({ config, kafka, logs, registry, clickhouse }: Adapters, expected: number): Promise<number> {
  const topic = leadTopic(config.namespace);
  const decoder = registry.decoder('lead-intelligence');
  const source: Source = { kind: 'lead-intelligence', decoder, decoded: new Set(), lane: new Lane('lead-intelligence') };
  const consumer = createBatchConsumer(kafka, config, { group: `${topic}.raw`, topics: [topic] }, logs('bench'));
  const blocks = [newEventBlock(), newEventBlock()];
  let filling = newBatch(0, blocks[0] ?? newEventBlock());
  let [start, seen, turn] = [0, 0, 0];
  let inserting: Promise<unknown> = Promise.resolve();
  /** One insert at a time, while the other block fills. */
  const insert = async (): Promise<void> => {
    await inserting;
    inserting = insertRaw(filling, clickhouse.insertNative, noLimit);
    turn += 1;
    filling = newBatch(0, blocks[turn % 2] ?? newEventBlock());
  };
  await new Promise<void>((resolve, reject) => {
    const batch = async (read: RecordBatch): Promise<boolean> => {
      if (start === 0) start = performance.now();
      const [first] = read.runs;
      if (first) {
        const cursor = new RecordCursor([first], 0);
        if (cursor.next()) await decoder.prepare([cursor.value()]);
      }
      const before = rowsOf(filling.block);
      takeAll(read, filling, source, Date.now());
      seen += rowsOf(filling.block) - before;
      if (rowsOf(filling.block) >= config.storeFlushRows || seen >= expected) await insert();
      if (seen >= expected) inserting.then(() => resolve(), reject);
      return true;
    };
    consumer.start({ assigned: () => {}, broken: reject, batch }).catch(reject);
  });
  const rate = expected / ((performance.now() - start) / 1000);
  await consumer.stop();
  return rate;
}
