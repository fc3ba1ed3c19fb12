/** Peer: kafkajs fetching a topic and doing nothing with it. */
import type { Kafka } from 'kafkajs';

/** @returns messages a second, from the join of the group to the last message */
export async function fetchRate(kafka: Kafka, topic: string, expected: number): Promise<number> {
  const consumer = kafka.consumer({ groupId: `${topic}.fetch`, maxBytesPerPartition: 4 << 20, maxBytes: 32 << 20 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let seen = 0;
  let start = 0;
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachBatchAutoResolve: true,
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          if (seen === 0) start = performance.now();
          seen += batch.messages.length;
          if (seen >= expected) resolve();
        },
      })
      .catch(reject);
  });
  const seconds = (performance.now() - start) / 1000;
  await consumer.disconnect();
  return expected / seconds;
}
