/** Everything that is on a topic now, headers as text. */

import { withAdmin } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createLogs } from '../../src/adapters/log.ts';
import type { Config } from '../../src/config.ts';
import { topicName } from '../../src/domain/names.ts';

export type Read = { key: string | null; value: Buffer | null; headers: Record<string, string>; partition: number; offset: string };

const asText = (headers: Record<string, unknown> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));

/** Reads `topic` (without namespace) from its beginning to its present end, with committed transactions only. */
export async function readTopic(config: Config, topic: string): Promise<Read[]> {
  const kafka = createKafka(config, createLogs(config)('kafka'));
  const full = topicName(config.namespace, topic);
  const ends = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(full));
  const wanted = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
  const open = new Set([...wanted].filter(([, high]) => high > 0).map(([partition]) => partition));
  const found: Read[] = [];
  if (open.size === 0) return found;
  const consumer = kafka.consumer({ groupId: `${full}-reader-${process.pid}-${performance.now()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic: full, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const { key, value, headers, offset } of batch.messages)
            found.push({ key: key?.toString() ?? null, value, headers: asText(headers), partition: batch.partition, offset });
          if (Number(batch.lastOffset()) + 1 >= (wanted.get(batch.partition) ?? 0)) open.delete(batch.partition);
          if (open.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return found;
}
