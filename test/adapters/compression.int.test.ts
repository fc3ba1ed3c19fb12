/** The broker packs these topics itself, each in another way, so what comes back is as any sender may have sent it. */
import { describe, expect, it } from 'vitest';
import { withAdmin } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createProducer } from '../../src/adapters/kafka/producer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { topicName } from '../../src/domain/names.ts';
import { testConfig } from '../support/config.ts';
import { randomOf } from '../support/store-load.ts';
import { readTopic } from '../support/topic.ts';

const config = testConfig();
const kafka = createKafka(config, createLogs(config)('kafka'));

/** Bytes that pack well, badly and not at all; runs of one byte, repetitions near and far, and nothing. */
function values(): Buffer[] {
  const random = randomOf(5);
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  const [near, far] = [noise(7), noise(70_000)];
  const words = Array.from({ length: 300 }, () => ['lead', 'property', 'churn', 'coaching'][Math.floor(random() * 4)]).join(' ');
  return [
    Buffer.alloc(0),
    Buffer.from('x'),
    Buffer.alloc(200_000, 'a'),
    Buffer.concat(Array.from({ length: 500 }, () => near)),
    Buffer.concat([far, noise(100_000), far]),
    noise(500_000),
    ...Array.from({ length: 200 }, (_, i) => Buffer.from(`${words.slice(i)} ${i}`)),
  ];
}

describe('records packed with', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('%s arrive as they were sent', async (type) => {
    const topic = topicName(config.namespace, type);
    const definition = { topic, numPartitions: 1, configEntries: [{ name: 'compression.type', value: type }] };
    await withAdmin(kafka, (admin) => admin.createTopics({ topics: [definition], waitForLeaders: true }));
    const producer = await createProducer(kafka);
    const sent = values();
    await producer.send(
      topic,
      sent.map((value) => ({ key: 'k', value })),
    );
    await producer.close();
    const found = (await readTopic(config, type)).map(({ value }) => value);
    expect(found.length).toBe(sent.length);
    expect(found.filter((value, i) => !value?.equals(sent[i] as Buffer))).toEqual([]);
  });
});
