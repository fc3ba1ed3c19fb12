/** Changes of flags on the real topic: Avro by the registered schema, in order, and again from Postgres when Kafka was away. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFlagTopic } from '../../src/adapters/flag-topic.ts';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createProducer, type Producer } from '../../src/adapters/kafka/producer.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { definitionOf } from '../../src/domain/flags/flag.ts';
import { topics } from '../../src/domain/topics.ts';
import { createFlagStore } from '../../src/query/flags/store.ts';
import { type FlagWorld, openFlagWorld } from '../support/flag-world.ts';
import { definition } from '../support/flags.ts';
import { readTopic } from '../support/topic.ts';

let world: FlagWorld;
let producer: Producer;
beforeAll(async () => {
  world = await openFlagWorld();
  const kafka = createKafka(world.config, createLogs(world.config)('kafka'));
  await ensureTopics(kafka, world.config);
  producer = await createProducer(kafka);
});
afterAll(async () => {
  await producer?.close();
  await world?.close();
});

it('tells every change once, one flag’s in order, with both versions and the evidence', async () => {
  const { config, keyspace, postgres } = world;
  const registry = createRegistry(config, createLogs(config)('registry'));
  let away = true;
  const tell = createFlagTopic(registry, async () => (away ? Promise.reject(new Error('no broker')) : producer), config.namespace);
  const store = createFlagStore({ keyspace, postgres, tell, onDelay: () => {}, now: Date.now, newId: randomUUID });
  const author = { by: 'guard', reason: 'error_rate_spike', evidence: { rate: 7.5 } };
  await store.create(definition({ id: 'churn_prevention', stage: 'beta_10' }), author);
  await expect(store.flush()).rejects.toMatchObject({ code: 'unavailable' });
  away = false;
  await store.update('churn_prevention', (flag) => ({ ...definitionOf(flag), stage: 'disabled' }), 1, author);
  await store.remove('churn_prevention', 2, { by: 'ann', reason: 'gone' });
  await store.flush();
  const records = await readTopic(config, topics.flagChanges);
  const decoder = registry.decoder('flag-change');
  await decoder.prepare(records.map(({ value }) => value));
  const changes = records.map(({ value }) => decoder.decode(value)).map((read) => (read.ok ? read.record : read.fault));
  expect(records.map(({ key }) => String(key))).toEqual(['churn_prevention', 'churn_prevention', 'churn_prevention']);
  expect(changes).toMatchObject([
    { version: 1, kind: 'created', stageBefore: null, stageAfter: 'beta_10', before: null, by: 'guard', evidence: '{"rate":7.5}' },
    { version: 2, kind: 'stage_changed', stageBefore: 'beta_10', stageAfter: 'disabled', reason: 'error_rate_spike' },
    { version: 3, kind: 'deleted', stageAfter: null, after: null, by: 'ann', reason: 'gone', evidence: null },
  ]);
  expect(JSON.parse(String((changes[1] as { after: string }).after))).toMatchObject({
    id: 'churn_prevention',
    stage: 'disabled',
    version: 2,
  });
});
