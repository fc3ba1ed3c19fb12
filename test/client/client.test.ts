import { describe, expect, it, vi } from 'vitest';
import { createImpactClient, type DeliveryFailure, type ImpactClientOptions } from '../../src/client/client.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import { eventKinds } from '../../src/domain/event.ts';
import { callerCost } from '../support/caller-cost.ts';
import { NOW } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { type TestTransport, testTransport } from '../support/transport.ts';

const tenantId = 'tenant_123';
const lead = { tenantId, userId: 'user_456', entityId: 'lead_789', responseTimeSeconds: 25 };

function open(options: Partial<ImpactClientOptions> = {}) {
  const transport = testTransport();
  const failures: DeliveryFailure[] = [];
  const onDeliveryError = (failure: DeliveryFailure) => failures.push(failure);
  const client = createImpactClient({ source: 'lead-router', transport, onDeliveryError, now: () => NOW, ...options });
  return { client, transport, failures };
}

const secondsOf = (transport: TestTransport) =>
  transport.sent.map((event) => (event.kind === 'lead-intelligence' ? event.responseTimeSeconds : null));

describe('the client library', () => {
  it('has a tracker for every kind of event, and each states a complete one', async () => {
    const { client, transport, failures } = open();
    client.trackLeadResponse(lead);
    client.trackPropertyMatch({ tenantId, satisfactionScore: 95, propertyId: 'prop_101' });
    client.trackChurnIntervention({ tenantId, interventionStage: 2, churned: false });
    client.trackCoachingSession({ tenantId, userId: 'agent_456', sessionDurationMinutes: 18, productivityScore: 87 });
    client.trackRequest({ tenantId, service: 'websocket', operation: 'push', latencyMs: 41, ok: true });
    client.trackExposure({ tenantId, featureId: 'ai_coaching', rolloutStage: 'beta_25', reason: 'percentage' });
    client.trackCost({ tenantId, category: 'anthropic_api', amountUsd: '24.50' });
    client.recordMetric({ tenantId, featureId: 'my_feature', metric: 'custom_conversion', value: 1, attributes: { event: 'signup' } });
    await client.close();
    expect(failures).toEqual([]);
    expect(transport.sent.map(({ kind }) => kind).sort()).toEqual([...eventKinds].sort());
    expect(transport.sent[0]).toEqual({
      ...lead,
      kind: 'lead-intelligence',
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      revision: 0,
      retracted: false,
      source: 'lead-router',
      occurredAt: NOW,
      featureId: 'realtime_intelligence',
      variant: null,
      scoringLatencyMs: null,
      converted: null,
      agentProductivityScore: null,
    });
  });

  it('never makes its caller wait, even when nothing can be delivered', async () => {
    const { client, transport } = open({ maxBufferedEvents: 5_000, closeTimeoutMs: 1 });
    transport.behave = () => new Promise(() => {});
    const cost = callerCost();
    for (let i = 0; i < 20_000; i++) {
      cost.call(() => client.trackLeadResponse(lead));
      if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(cost.worstMs(0.5)).toBeLessThan(0.5);
    expect(cost.worstMs(0.999)).toBeLessThan(10);
    expect(client.buffered()).toBeLessThanOrEqual(5_000);
    await client.close();
    const { accepted, delivered, dropped, undelivered } = client.counters();
    expect([accepted, delivered, dropped + undelivered]).toEqual([20_000, 0, 20_000]);
  });

  it('reports invalid arguments with field, value and what is right, and goes on', async () => {
    const { client, transport, failures } = open();
    expect(client.trackPropertyMatch({ tenantId: '', satisfactionScore: 101 })).toBeNull();
    expect(failures[0]?.error.problems).toEqual([
      { field: 'tenantId', value: '""', expected: expect.stringContaining('1 to 256 characters') },
      { field: 'satisfactionScore', value: '101', expected: 'a number from 0 to 100' },
    ]);
    client.trackLeadResponse(lead);
    await client.close();
    expect(client.counters()).toEqual({ accepted: 1, invalid: 1, delivered: 1, dropped: 0, undelivered: 0 });
    expect(transport.sent).toHaveLength(1);
  });

  it('takes a misspelt field for a mistake instead of losing its value', () => {
    const { client, failures } = open();
    client.trackLeadResponse({ ...lead, scoringLatency: 5 } as typeof lead);
    expect(failures[0]?.error.problems[0]).toMatchObject({
      field: 'scoringLatency',
      expected: expect.stringContaining('scoringLatencyMs'),
    });
  });

  it.each([undefined, null, 7, 'x', []])('survives a caller without types who passes %j', (what) => {
    const { client } = open();
    expect(client.trackLeadResponse(what as never)).toBeNull();
    expect(client.counters().invalid).toBe(1);
  });

  it('throws on invalid arguments only when it is strict', () => {
    const { client } = open({ strict: true });
    expect(() => client.trackChurnIntervention({ tenantId, interventionStage: 4, churned: true })).toThrow(
      /interventionStage is 4, expected a whole number from 1 to 3/,
    );
  });

  it('is not stopped by a callback that throws', async () => {
    const { client, transport } = open({
      onDeliveryError: () => {
        throw new Error('the service’s own bug');
      },
    });
    expect(client.trackLeadResponse({ ...lead, responseTimeSeconds: -1 })).toBeNull();
    client.trackLeadResponse(lead);
    await client.close();
    expect(transport.sent).toHaveLength(1);
  });

  it('drops the oldest when the buffer is full, or the newest if told so, and says what', () => {
    const oldest = open({ maxBufferedEvents: 2, overflow: 'drop-oldest' });
    const newest = open({ maxBufferedEvents: 2, overflow: 'drop-new' });
    for (const { client } of [oldest, newest])
      for (const seconds of [1, 2, 3]) client.trackLeadResponse({ ...lead, responseTimeSeconds: seconds });
    expect(oldest.failures.map(({ reason, events }) => [reason, events])).toEqual([
      ['dropped', [expect.objectContaining({ responseTimeSeconds: 1 })]],
    ]);
    expect(newest.failures.map(({ reason, events }) => [reason, events])).toEqual([
      ['dropped', [expect.objectContaining({ responseTimeSeconds: 3 })]],
    ]);
  });

  it('bounds the buffer in bytes too', () => {
    const { client, failures } = open({ maxBufferedBytes: 10_000 });
    const attributes = { note: 'x'.repeat(1000) };
    for (let i = 0; i < 100; i++) client.recordMetric({ tenantId, featureId: 'f', metric: 'm', value: i, attributes });
    expect(client.buffered()).toBeGreaterThan(3);
    expect(client.buffered()).toBeLessThan(10);
    expect(failures.length + client.buffered()).toBe(100);
  });

  it('tries again through an outage and keeps the order', async () => {
    const { client, transport } = open({ maxBatchEvents: 2 });
    let outages = 2;
    transport.behave = () => {
      if (outages-- > 0) throw new ImpactError('unavailable', 'Kafka is away');
    };
    for (const seconds of [1, 2, 3, 4, 5]) client.trackLeadResponse({ ...lead, responseTimeSeconds: seconds });
    await client.flush();
    expect(secondsOf(transport)).toEqual([1, 2, 3, 4, 5]);
    expect(transport.attempts).toBe(5);
    expect(client.counters()).toMatchObject({ delivered: 5, undelivered: 0 });
  });

  it('gives a batch up when its time is over', async () => {
    const { client, transport, failures } = open({ deliveryTimeoutMs: 150 });
    transport.behave = () => {
      throw new Error('nobody home');
    };
    client.trackLeadResponse(lead);
    await client.flush();
    expect(failures).toMatchObject([{ reason: 'undelivered', error: { code: 'unavailable', message: 'nobody home' } }]);
    expect(transport.attempts).toBeGreaterThan(1);
  });

  it('loses one event, not its batch, when one is refused', async () => {
    const { client, transport, failures } = open();
    transport.behave = (events) => {
      if (events.some((event) => event.kind === 'lead-intelligence' && event.responseTimeSeconds === 7))
        throw new ImpactError('unprocessable', 'not this one');
    };
    for (let seconds = 0; seconds < 20; seconds++) client.trackLeadResponse({ ...lead, responseTimeSeconds: seconds });
    await client.flush();
    expect(secondsOf(transport)).toEqual(Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 7));
    expect(failures).toMatchObject([{ reason: 'undelivered', events: [{ responseTimeSeconds: 7 }] }]);
  });

  it('sends by itself soon after the first event', async () => {
    const { client, transport } = open({ lingerMs: 5 });
    client.trackLeadResponse(lead);
    await eventually(() => expect(transport.sent).toHaveLength(1), 2000, 5);
  });

  it('gives up on close after its time, says what was left, and closes the transport once', async () => {
    const { client, transport, failures } = open({ closeTimeoutMs: 50 });
    transport.behave = () => new Promise(() => {});
    client.trackLeadResponse(lead);
    await Promise.all([client.close(), client.close()]);
    expect(failures).toMatchObject([{ reason: 'undelivered', events: [{ responseTimeSeconds: 25 }] }]);
    expect(transport.closed).toBe(1);
    expect(client.trackLeadResponse(lead)).toBeNull();
    expect(failures[1]).toMatchObject({ reason: 'dropped', error: { message: 'the client is closed' } });
  });

  it('corrects and retracts by a higher revision of the same event', async () => {
    const { client, transport } = open();
    const first = client.trackLeadResponse({ ...lead, occurredAt: new Date(NOW - 5000) });
    if (!first) throw new Error('not accepted');
    const second = client.correct(first, { responseTimeSeconds: 20 });
    if (!second) throw new Error('not accepted');
    client.retract(second);
    await client.close();
    expect(transport.sent).toEqual([
      first,
      { ...first, revision: 1, responseTimeSeconds: 20 },
      { ...first, revision: 2, responseTimeSeconds: 20, retracted: true },
    ]);
  });

  it.each([{ tenantId: 'other' }, { eventId: crypto.randomUUID() }, { occurredAt: NOW - 120_000 }])(
    'refuses a correction that would make it another event: %j',
    (changes) => {
      const { client, failures } = open();
      const event = client.trackLeadResponse(lead);
      if (!event) throw new Error('not accepted');
      expect(client.correct(event, changes)).toBeNull();
      expect(failures[0]?.error.problems[0]?.expected).toContain('retract this event and state another under a new id');
    },
  );

  it('leaves no timer behind once it is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { client } = open();
      client.trackLeadResponse(lead);
      await client.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
