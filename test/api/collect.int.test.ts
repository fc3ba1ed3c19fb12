import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { uuidOf } from '../../src/api/collect.ts';
import { createImpactClient } from '../../src/client/client.ts';
import { collectorTransport } from '../../src/client/collector.ts';
import { cloudEventOf } from '../../src/domain/cloudevent.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../../src/domain/event.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { eventsOn } from '../support/emitted.ts';
import { validRecord } from '../support/events.ts';

const URL_PATH = '/api/v1/events';
const SINGLE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

let api: TestApi;
let emitter: string;
beforeAll(async () => {
  api = await openTestApi();
  await ensureTopics(createKafka(api.config, api.deps.log), api.config);
  emitter = await api.token('emitter');
});
afterAll(() => api.close());

const post = (body: unknown, type = SINGLE, token: string | null = emitter, headers: Record<string, string> = {}) =>
  api.ask('POST', URL_PATH, token, {
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': type, ...headers },
  });

const stated = (kind: EventKind, changes: Record<string, unknown> = {}) =>
  cloudEventOf({
    ...validRecord(kind, { eventId: crypto.randomUUID(), occurredAt: NOW - 1000, ...changes }),
    kind,
  } as unknown as FeatureEvent);
const idsOn = async (kind: EventKind) => (await eventsOn(api.config, kind, NOW)).map(({ eventId }) => eventId);

/** The same API, pointed at a port where no broker listens. */
async function withoutKafka() {
  const api = await openTestApi({ env: { KAFKA_BROKERS: '127.0.0.1:1' } });
  return { api, token: await api.token('emitter') };
}

describe('the collector', () => {
  it('takes one CloudEvent and answers once Kafka has it', async () => {
    const event = stated('lead-intelligence');
    const answer = await post(event);
    expect([answer.status, answer.json]).toEqual([202, { accepted: 1, ids: [event['id']] }]);
    expect(await idsOn('lead-intelligence')).toContain(event['id']);
  });

  it('takes a batch of every kind, each to its topic', async () => {
    const batch = eventKinds.map((kind) => stated(kind));
    const answer = await post(batch, BATCH);
    expect([answer.status, answer.json.ids]).toEqual([202, batch.map(({ id }) => id)]);
    for (const [index, kind] of eventKinds.entries()) expect(await idsOn(kind)).toContain(batch[index]?.['id']);
  });

  it('takes attributes from ce- headers, and plain JSON', async () => {
    const { data, ...attributes } = stated('churn-prevention', { revision: 3, retracted: true, userId: 'Zoë' });
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))]),
    );
    expect((await post(data, 'application/json', emitter, headers)).json).toEqual({ accepted: 1, ids: [attributes['id']] });
    expect((await post([stated('churn-prevention')], 'application/json')).status).toBe(202);
    expect((await post(stated('churn-prevention'), `${SINGLE}; charset=utf-8`)).status).toBe(202);
    const found = (await eventsOn(api.config, 'churn-prevention', NOW)).find(({ eventId }) => eventId === attributes['id']);
    expect(found).toMatchObject({ revision: 3, retracted: true, userId: 'Zoë' });
  });

  it('makes a UUID of source and id, always the same', async () => {
    const event = { ...stated('ai-coaching'), id: 'session-17' };
    const [first, second] = [await post(event), await post(event)];
    expect(first.json.ids).toEqual([uuidOf('lead-router', 'session-17')]);
    expect(second.json).toEqual(first.json);
    expect(uuidOf('lead-router', 'session-17')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('takes nothing of a batch in which anything is wrong, and says everything that is', async () => {
    const good = stated('property-intelligence');
    const bad = { ...stated('property-intelligence'), time: 'noon', data: { satisfactionScore: 101, colour: 'red' } };
    const answer = await post([good, bad, { ...good, specversion: '0.3' }], BATCH);
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json.problems.map(({ field }: { field: string }) => field).sort()).toEqual([
      '1.data.colour',
      '1.data.satisfactionScore',
      '1.time',
      '2.specversion',
    ]);
    expect(answer.json.problems).toContainEqual({ field: '1.data.satisfactionScore', value: '101', expected: 'a number from 0 to 100' });
    expect(await idsOn('property-intelligence')).not.toContain(good['id']);
  });

  it.each<[number, string, unknown, string]>([
    [400, 'text that is no JSON', '{"specversion"', SINGLE],
    [400, 'a list where one was promised', [], SINGLE],
    [400, 'one where a list was promised', {}, BATCH],
    [400, 'a list of numbers', [1], BATCH],
    [400, 'an attempt to poison the prototype', '{"__proto__": {"a": 1}}', SINGLE],
    [413, 'more than a thousand events', Array.from({ length: 1001 }, () => ({})), BATCH],
    [413, 'more than a mebibyte', { data: 'x'.repeat(1_100_000) }, SINGLE],
    [415, 'another content type', 'a,b', 'text/csv'],
    [415, 'plain text', '{}', 'text/plain'],
    [422, 'an empty object', {}, SINGLE],
    [
      422,
      'a number beyond doubles',
      '{"specversion":"1.0","type":"io.impactstream.ai-coaching","data":{"sessionDurationMinutes":1e999}}',
      SINGLE,
    ],
    [422, 'an event of the year 2100', stated('ai-coaching', { occurredAt: Date.UTC(2100, 0, 1) }), SINGLE],
    [422, 'a broken character', { ...stated('ai-coaching'), subject: 'a\uD800' }, SINGLE],
  ])('answers %i to %s', async (status, _, body, type) => {
    const answer = await post(body, type);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  });

  it('takes an empty batch for what it is', async () => {
    expect((await post([], BATCH)).json).toEqual({ accepted: 0, ids: [] });
  });

  it('needs a token that may emit', async () => {
    expect((await post(stated('ai-coaching'), SINGLE, null)).status).toBe(401);
    expect((await post(stated('ai-coaching'), SINGLE, await api.token('viewer'))).status).toBe(403);
    expect((await post(stated('ai-coaching'), SINGLE, await api.token('operator'))).status).toBe(202);
  });

  it('keeps a tenant’s token to its tenant, and fills the tenant in', async () => {
    const token = await api.token('emitter', 'acme');
    const foreign = stated('ai-coaching', { tenantId: 'other' });
    const { tenantid: _, ...bare } = stated('ai-coaching');
    const refused = await post([bare, foreign], BATCH, token);
    expect([refused.status, refused.json.problems]).toEqual([
      403,
      [{ field: '1.tenantid', value: '"other"', expected: expect.stringContaining('acme') }],
    ]);
    expect((await post(bare, SINGLE, token)).status).toBe(202);
    const mine = (await eventsOn(api.config, 'ai-coaching', NOW)).filter(
      ({ eventId }) => eventId === bare['id'] || eventId === foreign['id'],
    );
    expect(mine.map(({ tenantId, eventId }) => [tenantId, eventId])).toEqual([['acme', bare['id']]]);
  });

  it('serves the client library, which finds the one event that is refused', async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const address = api.app.server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const refused: unknown[] = [];
    // The service's clock is ahead of the API's, so one of its events is in the API's future.
    const client = createImpactClient({
      source: 'web',
      transport: collectorTransport({ url, token: emitter }),
      now: () => NOW,
      maxFutureMs: 86_400_000,
      onDeliveryError: ({ events, error }) => refused.push(...events, error.code),
    });
    const ids = Array.from(
      { length: 10 },
      (_, i) =>
        client.trackCost({ tenantId: 'web', category: 'c', amountUsd: `${i}.25`, occurredAt: i === 6 ? NOW + 3_600_000 : NOW })?.eventId,
    );
    await client.close();
    expect(client.counters()).toMatchObject({ accepted: 10, delivered: 9, undelivered: 1 });
    expect(refused).toEqual([expect.objectContaining({ amountUsd: '6.25' }), 'unprocessable']);
    const found = (await eventsOn(api.config, 'operating-costs', NOW)).filter(({ tenantId }) => tenantId === 'web');
    expect(found.map(({ eventId }) => eventId).sort()).toEqual(ids.filter((_, i) => i !== 6).sort());
  });

  it('answers 503 in good time when Kafka is away, and says to repeat the request', async () => {
    const { api: lonely, token } = await withoutKafka();
    try {
      const before = performance.now();
      const answer = await lonely.ask('POST', URL_PATH, token, {
        payload: JSON.stringify(stated('ai-coaching')),
        headers: { 'content-type': SINGLE },
      });
      expect([answer.status, answer.json.code]).toEqual([503, 'unavailable']);
      expect(answer.json.detail).toContain('send the same request again');
      expect(answer.headers['retry-after']).toBeDefined();
      expect(performance.now() - before).toBeLessThan(10_000);
    } finally {
      await lonely.close();
    }
  });
});
