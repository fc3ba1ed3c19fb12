/** Writes one thing into each component and reads it back, by the ordinary clients: what a restart must not lose. */
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import type { ComponentName } from '../../infra/local/layout.ts';
import type { StackEndpoints } from '../../infra/stack.ts';

const SCHEMA = JSON.stringify({ schema: '{"type":"string"}' });

export type Keepsake = { write: () => Promise<void>; read: () => Promise<string> };

/** For each component: `write` leaves "kept" in it, `read` answers what is there. Connections are not kept open. */
export function keepsakes(endpoints: StackEndpoints): Record<ComponentName, Keepsake> {
  return {
    kafka: inKafka(endpoints.kafka),
    registry: inRegistry(endpoints.registry),
    clickhouse: inClickHouse(endpoints.clickhouse),
    postgres: inPostgres(endpoints.postgres),
    redis: inRedis(endpoints.redis),
  };
}

/** A kafkajs client of these brokers ("host:port,…") that prints nothing. */
export function quietKafka(brokers: string): Kafka {
  return new Kafka({
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 30, maxRetryTime: 500 },
  });
}

function inKafka(brokers: string): Keepsake {
  const kafka = quietKafka(brokers);
  const write = async (): Promise<void> => {
    const admin = kafka.admin();
    await admin.createTopics({ topics: [{ topic: 'keep', numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'keep', acks: -1, messages: [{ value: 'kept' }] });
    await producer.disconnect();
  };
  return { write, read: () => firstMessage(kafka) };
}

async function firstMessage(kafka: Kafka): Promise<string> {
  const consumer = kafka.consumer({ groupId: `keep-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: 'keep', fromBeginning: true });
  const value = new Promise<string>((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
  });
  return value.finally(() => consumer.disconnect());
}

function inRegistry(url: string): Keepsake {
  let id: unknown;
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
  const write = async (): Promise<void> => {
    const answer = await fetch(`${url}/subjects/keep-value/versions`, { method: 'POST', headers, body: SCHEMA });
    id = ((await answer.json()) as { id: unknown }).id;
  };
  // By its id, since that is what every message carries.
  const read = async (): Promise<string> => {
    const answer = (await (await fetch(`${url}/schemas/ids/${id}`)).json()) as { schema: string };
    return answer.schema === '"string"' || answer.schema === '{"type":"string"}' ? 'kept' : JSON.stringify(answer);
  };
  return { write, read };
}

function inClickHouse(url: string): Keepsake {
  const query = async (body: string): Promise<string> => {
    const response = await fetch(url, { method: 'POST', body, headers: { connection: 'close' } });
    return (await response.text()).trim();
  };
  const write = async (): Promise<void> => {
    await query('CREATE DATABASE keep');
    await query('CREATE TABLE keep.t (value String) ENGINE = ReplacingMergeTree ORDER BY value');
    await query("INSERT INTO keep.t VALUES ('kept')");
  };
  return { write, read: () => query('SELECT value FROM keep.t FINAL') };
}

function inPostgres(connectionString: string): Keepsake {
  const query = async (sql: string): Promise<string> => {
    const client = new Client({ connectionString });
    await client.connect();
    const { rows } = await client.query<{ value: string }>(sql).finally(() => client.end());
    return rows.map((row) => row.value).join();
  };
  const write = async (): Promise<void> => void (await query("CREATE TABLE keep AS SELECT 'kept' AS value"));
  return { write, read: () => query('SELECT value FROM keep') };
}

function inRedis(url: string): Keepsake {
  const run = async <T>(work: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(url);
    return work(redis).finally(() => redis.disconnect());
  };
  return {
    write: async () => void (await run((redis) => redis.set('keep', 'kept'))),
    read: async () => (await run((redis) => redis.get('keep'))) ?? 'nothing',
  };
}
