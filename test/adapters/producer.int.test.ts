import { beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createProducer } from '../../src/adapters/kafka/producer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { testConfig } from '../support/config.ts';
import { lossyKafka } from '../support/lossy-kafka.ts';
import { readTopic } from '../support/topic.ts';

const config = testConfig({ KAFKA_PARTITIONS: '1' });
const topicOf = (kind: keyof typeof eventTopics) => topicName(config.namespace, eventTopics[kind]);
const valuesOn = async (kind: keyof typeof eventTopics) => (await readTopic(config, eventTopics[kind])).map(({ value }) => String(value));
const numbered = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const message = (value: string) => ({ key: 'k', value: Buffer.from(value) });

beforeAll(() => ensureTopics(createKafka(config, createLogs(config)('kafka')), config));

describe('a producer shared by many senders', () => {
  it('loses no message of any of them when an acknowledgement gets lost', async () => {
    const { kafka, loseAnswers, lost } = lossyKafka(config.kafkaBrokers);
    const producer = await createProducer(kafka);
    await producer.send(topicOf('ai-coaching'), [message('first')]);
    loseAnswers(1);
    const outcomes = await Promise.allSettled(numbered(20).map((value) => producer.send(topicOf('ai-coaching'), [message(value)])));
    await producer.close();
    expect(lost()).toBe(1);
    const acknowledged = numbered(20).filter((_, i) => outcomes[i]?.status === 'fulfilled');
    expect(acknowledged).toEqual(numbered(20));
    const found = await valuesOn('ai-coaching');
    expect(numbered(20).filter((value) => !found.includes(value))).toEqual([]);
    expect(found).toHaveLength(21);
  });

  it('goes on after Kafka has stayed away longer than its patience', async () => {
    const { kafka, loseAnswers } = lossyKafka(config.kafkaBrokers);
    const producer = await createProducer(kafka);
    loseAnswers(1_000);
    const before = await Promise.allSettled(numbered(3).map((value) => producer.send(topicOf('flag-exposures'), [message(value)])));
    loseAnswers(0);
    const after = await Promise.allSettled(
      numbered(3).map((value) => producer.send(topicOf('flag-exposures'), [message(`later ${value}`)])),
    );
    await producer.close();
    expect(before.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(after.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect((await valuesOn('flag-exposures')).slice(-3)).toEqual(['later 0', 'later 1', 'later 2']);
  });

  it('sends what waits together, each sender’s messages in order, large ones alone', async () => {
    const producer = await createProducer(createKafka(config, createLogs(config)('kafka')));
    const senders = numbered(200).map((sender) => ['a', 'b', 'c'].map((part) => message(`${sender}${part}`)));
    const large = { key: 'k', value: Buffer.alloc(900_000, 'x') };
    const before = performance.now();
    await Promise.all([
      ...senders.map((messages) => producer.send(topicOf('custom-metrics'), messages)),
      producer.send(topicOf('custom-metrics'), [large, large, large]),
      producer.send(topicOf('custom-metrics'), [message('last')]),
    ]);
    // One after the other these 200 would take 200 round trips.
    expect(performance.now() - before).toBeLessThan(5_000);
    await producer.close();
    const found = (await valuesOn('custom-metrics')).map((value) => value.slice(0, 10));
    expect(found).toEqual([
      ...numbered(200).flatMap((sender) => ['a', 'b', 'c'].map((part) => `${sender}${part}`)),
      ...Array(3).fill('xxxxxxxxxx'),
      'last',
    ]);
  });
});
