import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { createImpactClient, type DeliveryFailure, type ImpactClient } from '../../src/client/client.ts';
import { kafkaTransport } from '../../src/client/kafka.ts';
import { eventKinds } from '../../src/domain/event.ts';
import { eventKey } from '../../src/domain/schema.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { callerCost } from '../support/caller-cost.ts';
import { testConfig } from '../support/config.ts';
import { eventsOn } from '../support/emitted.ts';
import { openRegistryRelay, type RegistryRelay } from '../support/registry-relay.ts';
import { readTopic } from '../support/topic.ts';

const config = testConfig();
const logs = createLogs(config);
const tenantId = 'tenant_123';
let relay: RegistryRelay;

function open(failures: DeliveryFailure[] = []): ImpactClient {
  const registry = { url: relay.url };
  const transport = kafkaTransport({ brokers: config.kafkaBrokers, registry, namespace: config.namespace });
  return createImpactClient({ source: 'lead-router', transport, onDeliveryError: (failure) => failures.push(failure) });
}

beforeAll(async () => {
  relay = await openRegistryRelay(config.registryUrl);
  await Promise.all([ensureTopics(createKafka(config, logs('kafka')), config), createRegistry(config, logs('registry')).registerAll()]);
});
afterAll(() => relay.close());

describe('a service that emits to Kafka', () => {
  it('states every kind so that our own door takes it, exactly as it was accepted', async () => {
    const failures: DeliveryFailure[] = [];
    const client = open(failures);
    const accepted = [
      client.trackLeadResponse({ tenantId, userId: 'ü', responseTimeSeconds: 25, converted: true }),
      client.trackPropertyMatch({ tenantId, satisfactionScore: 95.5 }),
      client.trackChurnIntervention({ tenantId, interventionStage: 2, churned: false }),
      client.trackCoachingSession({ tenantId, sessionDurationMinutes: 18, productivityScore: 87 }),
      client.recordMetric({ tenantId, featureId: 'f', metric: 'm', value: -1e-9, attributes: { a: 'b' } }),
      client.trackRequest({ tenantId, service: 'websocket', operation: 'push', latencyMs: 41, ok: false, errorCode: 'timeout' }),
      client.trackExposure({ tenantId, featureId: 'ai_coaching', rolloutStage: 'ga', reason: 'ga' }),
      client.trackCost({ tenantId, category: 'anthropic_api', amountUsd: '24.500000', chargePeriodEnd: Date.UTC(2026, 0, 1) }),
    ];
    await client.close();
    expect(failures).toEqual([]);
    const found = (await Promise.all(eventKinds.map((kind) => eventsOn(config, kind)))).flat().map((event) => ({ ...event }));
    expect(found).toEqual(expect.arrayContaining(accepted.map((event) => ({ ...event }))));
    expect(found).toHaveLength(accepted.length);
  });

  it('keys by tenant and feature, so that one tenant’s feature stays in order', async () => {
    for (const record of await readTopic(config, eventTopics['operating-costs']))
      expect(String(record.key)).toBe(eventKey({ tenantId, featureId: 'platform' }));
  });

  it('waits out a registry that is away', async () => {
    relay.fail(503);
    const client = open();
    client.trackExposure({ tenantId: 'patient', featureId: 'f', rolloutStage: 'ga', reason: 'ga' });
    const delivered = client.flush();
    while (!relay.asked.includes(`GET /subjects/${config.namespace}.impact-flag-exposures-value/versions/latest`))
      await new Promise((r) => setTimeout(r, 10));
    relay.restore();
    await delivered;
    await client.close();
    expect((await eventsOn(config, 'flag-exposures')).filter((event) => event.tenantId === 'patient')).toHaveLength(1);
  });

  it('delivers 20,000 events at next to no cost for the caller', async () => {
    const client = createImpactClient({
      source: 'load',
      maxBufferedEvents: 50_000,
      transport: kafkaTransport({ brokers: config.kafkaBrokers, registry: { url: config.registryUrl }, namespace: config.namespace }),
    });
    const cost = callerCost();
    for (let i = 0; i < 20_000; i++) {
      cost.call(() => client.recordMetric({ tenantId: 'load', featureId: 'f', metric: 'm', value: i }));
      if (i % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await client.close();
    expect(client.counters()).toEqual({ accepted: 20_000, invalid: 0, delivered: 20_000, dropped: 0, undelivered: 0 });
    expect(cost.worstMs(0.999)).toBeLessThan(10);
  });
});
