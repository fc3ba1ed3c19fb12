/** One trace from a service's span over HTTP and Kafka to what the stages made of its events. */
import { context } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImpactClient } from '../../src/client/client.ts';
import { collectorTransport } from '../../src/client/collector.ts';
import { kafkaTransport } from '../../src/client/kafka.ts';
import type { Transport } from '../../src/client/transport.ts';
import type { Config } from '../../src/config.ts';
import { topicName } from '../../src/domain/names.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import { type Adapters, openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { type System, startStages } from '../../src/main.ts';
import { createRule } from '../../src/query/rules.ts';
import { createToken } from '../../src/query/tokens.ts';
import { during, manageContexts, someSpan, traceparentOf } from '../support/active-span.ts';
import { ruleOf } from '../support/alerted.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { type OtlpReceiver, openOtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { readTopic } from '../support/topic.ts';

const DAY_MS = 86_400_000;
const DEADLINE_MS = 40_000;

let receiver: OtlpReceiver;
let config: Config;
let adapters: Adapters;
let system: System;
let token: string;

beforeAll(async () => {
  manageContexts();
  receiver = await openOtlpReceiver();
  config = testConfig({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    KAFKA_PARTITIONS: '1',
    RETENTION_RAW_DAYS: '30',
    WINDOW_SIZES: '1s',
    WINDOW_DELAY_MS: '0',
    WINDOW_IDLE_MS: '300',
  });
  adapters = openAdapters(config);
  await prepareOutside(adapters);
  await createRule(adapters.postgres, ruleOf({ id: 'failures', scope: 'tenant', window: '1s', minSample: 5 }), {
    by: 'test',
    reason: 'test',
  });
  token = (await createToken(adapters.postgres, { role: 'operator', tenantId: null, name: 'traces', expiresAt: null })).token;
  system = await startStages(config, ['store', 'window', 'alert', 'record', 'api']);
});
afterAll(async () => {
  await system?.stop();
  await adapters?.close();
  await receiver?.close();
  context.disable();
});

const serviceOver = (transport: Transport) => createImpactClient({ source: 'lead-router', transport });
const overKafka = () =>
  serviceOver(kafkaTransport({ brokers: config.kafkaBrokers, registry: { url: config.registryUrl }, namespace: config.namespace }));
const overHttp = () => serviceOver(collectorTransport({ url: system.apiUrl ?? '', token }));

type Wanted = (span: ReceivedSpan) => boolean;
const spansLike = (wanted: Wanted) => receiver.spans.filter(wanted);
const exported = (wanted: Wanted): Promise<ReceivedSpan> =>
  eventually(() => {
    const [found] = spansLike(wanted);
    if (!found) throw new Error(`no such span among ${[...new Set(receiver.spans.map(({ name }) => name))].join(', ')}`);
    return found;
  }, DEADLINE_MS);
const linksTo = (span: ReceivedSpan, traceId: string): boolean => span.links.some((link) => link.traceId === traceId);

/** The trace headers of the records on a topic, once there are some. */
const tracesOn = (topic: string): Promise<string[]> =>
  eventually(async () => {
    const found = (await readTopic(config, topic)).flatMap(({ headers }) => headers['traceparent'] ?? []);
    if (found.length === 0) throw new Error(`no trace on ${topic}`);
    return found;
  }, DEADLINE_MS);

describe('a trace', () => {
  it('goes from a service’s span through the collector and Kafka to the flush that stores its event', async () => {
    const span = someSpan();
    const { traceId, spanId } = span.spanContext();
    const client = overHttp();
    during(span, () => client.trackLeadResponse({ tenantId: 'over_http', responseTimeSeconds: 25 }));
    await client.close();
    expect(client.counters().delivered).toBe(1);
    const request = await exported(({ name, traceId: id }) => name === 'POST /api/v1/events' && id === traceId);
    expect(request).toMatchObject({ kind: 'server', parentSpanId: spanId, attributes: { 'http.response.status_code': 202 } });
    expect(request.resource).toMatchObject({ 'service.name': 'impactstream' });
    expect(await tracesOn(eventTopics['lead-intelligence'])).toEqual([traceparentOf(span)]);

    const flush = await exported((one) => one.attributes['impact.stage'] === 'store' && linksTo(one, traceId));
    const topic = topicName(config.namespace, eventTopics['lead-intelligence']);
    expect(flush).toMatchObject({ kind: 'consumer', parentSpanId: null, failed: false });
    expect(flush.attributes).toMatchObject({ 'messaging.system': 'kafka', [`impact.records.${topic}`]: 1 });
    await exported(({ name, parentSpanId }) => name === 'INSERT events' && parentSpanId === flush.spanId);
    await exported((one) => one.attributes['impact.stage'] === 'window' && linksTo(one, traceId));
  });

  it('is continued by a question to the API, down to its statement', async () => {
    const span = someSpan();
    const { traceId, spanId } = span.spanContext();
    const headers = { authorization: `Bearer ${token}`, traceparent: traceparentOf(span) };
    const answer = await fetch(`${system.apiUrl}/api/v1/business-impact/current`, { headers });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    const request = await exported(({ name, traceId: id }) => name === 'GET /api/v1/business-impact/current' && id === traceId);
    expect(request.parentSpanId).toBe(spanId);
    const statement = await exported(({ parentSpanId }) => parentSpanId === request.spanId);
    expect(statement).toMatchObject({ kind: 'client', traceId });
  });

  it('is that of the request for an event of a sender who knows of no traces of events', async () => {
    const span = someSpan();
    const headers = { authorization: `Bearer ${token}`, traceparent: traceparentOf(span), 'content-type': 'application/cloudevents+json' };
    const event = {
      specversion: '1.0',
      id: '4711',
      source: 'curl',
      type: 'io.impactstream.flag-exposures',
      time: new Date().toISOString(),
    };
    const data = { rolloutStage: 'ga', reason: 'ga' };
    const body = JSON.stringify({ ...event, tenantid: 't', featureid: 'f', data });
    expect((await fetch(`${system.apiUrl}/api/v1/events`, { method: 'POST', headers, body })).status).toBe(202);
    const { traceId } = span.spanContext();
    const request = await exported(({ name, traceId: id }) => name === 'POST /api/v1/events' && id === traceId);
    expect(await tracesOn(eventTopics['flag-exposures'])).toEqual([`00-${traceId}-${request.spanId}-01`]);
  });

  it('is linked to by one span for many events, each sent in the trace of its own caller', async () => {
    const spans = Array.from({ length: 40 }, () => someSpan());
    const client = overKafka();
    for (const span of spans) during(span, () => client.trackPropertyMatch({ tenantId: 'over_kafka', satisfactionScore: 95 }));
    client.trackPropertyMatch({ tenantId: 'over_kafka', satisfactionScore: 90 });
    await client.close();
    expect(await tracesOn(eventTopics['property-intelligence'])).toEqual(spans.map(traceparentOf));
    const first = spans[0]?.spanContext().traceId ?? '';
    const flush = await exported((one) => one.attributes['impact.stage'] === 'store' && linksTo(one, first));
    expect(flush.attributes['messaging.batch.message_count']).toBe(41);
    expect(flush.links).toHaveLength(32);
    expect(spansLike((one) => one.attributes['impact.stage'] === 'store' && linksTo(one, first))).toHaveLength(1);
  });

  it('stays with what cannot be used, and with what came too late', async () => {
    const [poison, late] = [someSpan(), someSpan()];
    const producer = await adapters.producer();
    const topic = topicName(config.namespace, eventTopics['ai-coaching']);
    const headers = { traceparent: traceparentOf(poison), own: 'kept' };
    await producer.send(topic, [{ key: null, value: Buffer.from('no Avro'), headers }]);
    const client = overKafka();
    during(late, () =>
      client.trackCoachingSession({
        tenantId: 't',
        sessionDurationMinutes: 18,
        productivityScore: 87,
        occurredAt: Date.now() - 60 * DAY_MS,
      }),
    );
    await client.close();
    expect(await tracesOn(topics.deadLetters)).toEqual([traceparentOf(poison)]);
    expect((await readTopic(config, topics.deadLetters))[0]?.headers['own']).toBe('kept');
    expect(new Set(await tracesOn(topics.lateEvents))).toEqual(new Set([traceparentOf(late)]));
    const { traceId } = poison.spanContext();
    const recorded = await exported((one) => one.attributes['impact.stage'] === 'record' && linksTo(one, traceId));
    expect(recorded.name).toBe(`process ${topicName(config.namespace, topics.deadLetters)}`);
  });

  it('begins anew in each step that makes windows of events and alerts of windows, each linked to the one before', async () => {
    const span = someSpan();
    const client = overKafka();
    const fail = (at: number) =>
      client.trackRequest({ tenantId: 'failing', service: 'websocket', operation: 'push', latencyMs: 41, ok: false, occurredAt: at });
    const now = Date.now();
    during(span, () => {
      for (let i = 0; i < 10; i++) fail(now - 3_000);
      fail(now);
    });
    await client.close();
    const [alert = ''] = await tracesOn(topics.alerts);
    const teller = await exported(({ spanId }) => spanId === alert.split('-')[2]);
    expect(teller).toMatchObject({ parentSpanId: null, traceId: alert.split('-')[1], attributes: { 'impact.stage': 'alert' } });
    const links = new Set(teller.links.map(({ spanId }) => spanId));
    await exported(({ spanId, attributes }) => attributes['impact.stage'] === 'window' && links.has(spanId));
    await exported((one) => one.attributes['impact.stage'] === 'window' && linksTo(one, span.spanContext().traceId));
  });

  it('is no reason to stop: the stages go on while nobody takes their traces', async () => {
    receiver.status = 500;
    const client = overHttp();
    during(someSpan(), () => client.trackChurnIntervention({ tenantId: 'untraced', interventionStage: 2, churned: false }));
    await client.close();
    await eventually(async () => {
      const [row] = await adapters.clickhouse.query<{ n: number }>("SELECT count() AS n FROM events WHERE tenant = 'untraced'");
      expect(row?.n).toBe(1);
    }, DEADLINE_MS);
    expect(system.stages().flatMap(({ health }) => health.reasons)).toEqual([]);
    receiver.status = 200;
  });
});
