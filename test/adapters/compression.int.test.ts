/** The broker packs these topics itself, each in another way, so what comes back is as any sender may have sent it. */
import { describe, expect, it } from 'vitest';
import { withAdmin } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createProducer } from '../../src/adapters/kafka/producer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { topicName } from '../../src/domain/names.ts';
import { standsFor } from '../../src/domain/unreadable.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { randomOf } from '../support/store-load.ts';
import { readTopic } from '../support/topic.ts';

const MOST = 2_000_000;
const config = testConfig({ KAFKA_MAX_BATCH_BYTES: String(MOST) });
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

/** Sends batches, one after the other, to a new topic whose broker packs them so. */
async function send(name: string, type: string, ...batches: Buffer[][]): Promise<void> {
  const topic = topicName(config.namespace, name);
  const definition = { topic, numPartitions: 1, configEntries: [{ name: 'compression.type', value: type }] };
  await withAdmin(kafka, async (admin) => {
    await admin.createTopics({ topics: [definition], waitForLeaders: false });
    // kafkajs's own waiting gives up where the broker has not heard of its new topic yet.
    await eventually(() => admin.fetchTopicMetadata({ topics: [topic] }));
  });
  const producer = await createProducer(kafka);
  for (const batch of batches)
    await producer.send(
      topic,
      batch.map((value) => ({ key: 'k', value })),
    );
  await producer.close();
}

describe.each(['gzip', 'snappy', 'lz4', 'zstd'])('records packed with %s', (type) => {
  it('arrive as they were sent', async () => {
    const sent = values();
    await send(type, type, sent);
    const found = (await readTopic(config, type)).map(({ value }) => value);
    expect(found.length).toBe(sent.length);
    expect(found.filter((value, i) => !value?.equals(sent[i] as Buffer))).toEqual([]);
  });

  it('arrive as one record that says why not, where they unpack to more than is allowed', async () => {
    const name = `${type}-large`;
    await send(name, type, [Buffer.from('before')], [Buffer.alloc(MOST), Buffer.alloc(MOST)], [Buffer.from('after')]);
    const [before, refused, after, ...more] = await readTopic(config, name);
    expect([String(before?.value), refused?.offset, String(after?.value), more]).toEqual(['before', '2', 'after', []]);
    expect(standsFor(refused?.value ?? Buffer.alloc(0))).toMatch(
      new RegExp(`^offsets 1 to 2, 2 records in \\d+ bytes: more than ${MOST} bytes$`),
    );
  });
});
