/** Any language can produce: Python, with confluent-kafka and nothing of ours but what the registry says. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { type EventKind, eventKinds } from '../../src/domain/event.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { testConfig } from '../support/config.ts';
import { eventsOn } from '../support/emitted.ts';
import { NOW, validRecord } from '../support/events.ts';
import { createPython, type Python } from '../support/python.ts';
import { allStored, openStore, openWorld } from '../support/store.ts';

/** The records below are of a fixed day, which must not grow too old to be stored. */
const config = testConfig({ RETENTION_RAW_DAYS: '20000', RETENTION_MINUTE_DAYS: '20000', RETENTION_HOUR_DAYS: '20000' });
const script = new URL('python/emit.py', import.meta.url);
const environment = { KAFKA_BROKERS: config.kafkaBrokers.join(','), SCHEMA_REGISTRY_URL: config.registryUrl };
let python: Python;

beforeAll(async () => {
  const log = createLogs(config)('test');
  [python] = await Promise.all([
    createPython(new URL('python/requirements.txt', import.meta.url)),
    ensureTopics(createKafka(config, log), config),
    createRegistry(config, log).registerAll(),
  ]);
}, 300_000);
afterAll(() => python?.remove());

const line = (kind: EventKind, record: object) =>
  JSON.stringify({ topic: topicName(config.namespace, eventTopics[kind]), key: 'tenant_123|f', record });

describe('Python’s confluent-kafka', () => {
  it('produces events of every kind that our decoder and validation take, value for value', async () => {
    const records = eventKinds.map((kind) => validRecord(kind, { eventId: crypto.randomUUID(), tenantId: 'Zürich 🏠' }));
    const printed = await python.run(script, environment, eventKinds.map((kind, i) => line(kind, records[i] ?? {})).join('\n'));
    expect(printed.trim()).toBe(String(eventKinds.length));
    for (const [i, kind] of eventKinds.entries()) {
      const events = await eventsOn(config, kind, NOW);
      expect(events.map((event) => ({ ...event }))).toEqual([{ ...records[i], kind }]);
    }
  });

  it('may leave out what has a default, and writes money exactly', async () => {
    const {
      userId: _,
      entityId: __,
      usageUnits: ___,
      ...record
    } = validRecord('operating-costs', { eventId: crypto.randomUUID(), amountUsd: '0.000001' });
    await python.run(script, environment, line('operating-costs', record));
    const stated = (await eventsOn(config, 'operating-costs', NOW)).find(({ eventId }) => eventId === record['eventId']);
    expect(stated).toMatchObject({ amountUsd: '0.000001', userId: null, entityId: null, usageUnits: null });
  });

  it('runs the example of docs/emitting.md as it stands', async () => {
    const page = readFileSync(new URL('../../docs/emitting.md', import.meta.url), 'utf8');
    const example = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const before = (await eventsOn(config, 'ai-coaching')).length;
    await python.runText(
      example.replace('"impact-ai-coaching"', `"${topicName(config.namespace, eventTopics['ai-coaching'])}"`),
      environment,
    );
    expect(await eventsOn(config, 'ai-coaching')).toHaveLength(before + 1);
  });

  it('and the store keeps all of it', async () => {
    const world = await openWorld(config);
    const store = await openStore(config);
    try {
      await allStored(config);
      const rows = await world.clickhouse.query<{ kind: string; n: number }>(
        'SELECT kind, count() AS n FROM events_active GROUP BY kind ORDER BY kind',
      );
      const twice = new Set(['ai-coaching', 'operating-costs']);
      expect(rows).toEqual([...eventKinds].sort().map((kind) => ({ kind, n: twice.has(kind) ? 2 : 1 })));
    } finally {
      await store.stop();
      await world.clickhouse.command(`DROP DATABASE IF EXISTS ${world.clickhouse.database}`);
      await world.close();
    }
  });
});
