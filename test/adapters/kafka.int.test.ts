import { describe, expect, it } from 'vitest';
import { ensureTopics, withAdmin } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createProducer } from '../../src/adapters/kafka/producer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { topicName } from '../../src/domain/names.ts';
import { topicKinds, topics } from '../../src/domain/topics.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';

const config = testConfig();
const kafka = createKafka(config, createLogs(config)('kafka'));
const alerts = topicName(config.namespace, topics.alerts);

describe('Kafka', () => {
  it('gets every topic once, however many processes start together', async () => {
    await Promise.all([ensureTopics(kafka, config), ensureTopics(kafka, config)]);
    await ensureTopics(kafka, config);
    await withAdmin(kafka, async (admin) => {
      const ours = (await admin.listTopics()).filter((topic) => topic.startsWith(`${config.namespace}.`));
      expect(ours.sort()).toEqual(topicKinds.map(({ topic }) => topicName(config.namespace, topic)).sort());
    });
  });

  it('takes what the producer sends, in order', async () => {
    const producer = await createProducer(kafka);
    await producer.send(
      alerts,
      [1, 2, 3].map((n) => ({ key: 'k', value: Buffer.from([n]), partition: 0 })),
    );
    await producer.send(alerts, []);
    await producer.close();
    // A broker that has just become a leader may not know it yet.
    const offsets = await eventually(() => withAdmin(kafka, (admin) => admin.fetchTopicOffsets(alerts)));
    expect(offsets.find(({ partition }) => partition === 0)?.high).toBe('3');
  });

  it('leaves the processor alone while a connection is idle', async () => {
    const producer = await createProducer(kafka);
    await producer.send(alerts, [{ key: 'k', value: Buffer.from('x') }]);
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { user, system } = process.cpuUsage(before);
    await producer.close();
    // An idle kafkajs connection without the guard wakes about 1,000 times a second and burns 60 ms and more.
    expect((user + system) / 1000).toBeLessThan(40);
  });
});
