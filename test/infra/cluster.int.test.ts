import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StackEndpoints, stackDown, stackStatus, stackUp, startComponent, stopComponent } from '../../infra/stack.ts';
import { createProducer } from '../../src/adapters/kafka/producer.ts';
import { eventually } from '../support/eventually.ts';
import { ownStack } from '../support/stack.ts';
import { quietKafka } from '../support/stack-clients.ts';

const stack = ownStack('cluster');
let endpoints: StackEndpoints;

beforeAll(async () => {
  endpoints = await stackUp({ name: stack, ports: 'free', cluster: true });
});

afterAll(async () => {
  await stackDown({ name: stack, wipe: true });
});

it('has three brokers, two shards, three Redis masters, one registry and one Postgres, all up', async () => {
  const { components } = await stackStatus({ name: stack });
  expect(components.map(({ name, node, up }) => `${name} ${node} ${up ? 'up' : 'down'}`)).toEqual([
    'kafka 1 up',
    'kafka 2 up',
    'kafka 3 up',
    'registry 1 up',
    'clickhouse 1 up',
    'clickhouse 2 up',
    'postgres 1 up',
    'redis 1 up',
    'redis 2 up',
    'redis 3 up',
  ]);
});

it('acknowledges records on all replicas while one broker is killed, and has lost none when it is back', async () => {
  const kafka = quietKafka(endpoints.kafka);
  const admin = kafka.admin();
  // A broker may not have heard yet of a topic created a moment ago, so leaders are waited for here and not by kafkajs.
  await admin.createTopics({ topics: [{ topic: 'survivor', numPartitions: 3, replicationFactor: 3 }], waitForLeaders: false });
  await eventually(async () => {
    const [topic] = (await admin.fetchTopicMetadata({ topics: ['survivor'] })).topics;
    expect(topic?.partitions.map(({ isr }) => isr.length)).toEqual([3, 3, 3]);
  });
  const producer = await createProducer(kafka);
  const send = (from: number): Promise<void> =>
    producer.send(
      'survivor',
      Array.from({ length: 100 }, (_, index) => ({ key: String(from + index), value: Buffer.from('x') })),
    );
  await send(0);
  await stopComponent('kafka', { stack, node: 2, signal: 'SIGKILL' });
  await send(100);
  await startComponent('kafka', { stack, node: 2 });
  await send(200);
  const offsets = await eventually(() => admin.fetchTopicOffsets('survivor'));
  expect(offsets.reduce((sum, { offset }) => sum + Number(offset), 0)).toBe(300);
  await producer.close();
  await admin.disconnect();
});

it('spreads a Distributed table over its shards and reads it whole from either', async () => {
  const { components } = await stackStatus({ name: stack });
  const shards = components.filter(({ name }) => name === 'clickhouse').map(({ endpoint }) => endpoint);
  for (const shard of shards) {
    await query(shard, 'CREATE TABLE here (tenant String) ENGINE = MergeTree ORDER BY tenant');
    await query(shard, "CREATE TABLE everywhere AS here ENGINE = Distributed('{cluster}', currentDatabase(), here, cityHash64(tenant))");
  }
  const [first = '', second = ''] = shards;
  await query(first, 'INSERT INTO everywhere SELECT toString(number) FROM numbers(1000) SETTINGS distributed_foreground_insert = 1');
  expect(await query(second, 'SELECT count() FROM everywhere')).toBe('1000');
  expect(Number(await query(second, 'SELECT count() FROM here'))).toBeGreaterThan(400);
});

it('serves keys of every slot range from the address of any master', async () => {
  const redis = new Cluster([endpoints.redis]);
  const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
  for (const key of keys) await redis.set(key, key);
  expect(await Promise.all(keys.map((key) => redis.get(key)))).toEqual(keys);
  expect(redis.nodes('master')).toHaveLength(3);
  redis.disconnect();
});

async function query(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', body, headers: { connection: 'close' } });
  const text = (await response.text()).trim();
  if (!response.ok) throw new Error(text);
  return text;
}
