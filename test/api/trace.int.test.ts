import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { build } from '../../src/api/app.ts';
import { cloudEventOf } from '../../src/domain/cloudevent.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { tracedTransactions } from '../../src/runtime/traced-statements.ts';
import { NOW, openTestApi, type TestApi } from '../support/api.ts';
import { validRecord } from '../support/events.ts';
import { memoryTracer } from '../support/memory-tracer.ts';
import { readTopic } from '../support/topic.ts';

const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const other = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const tracer = memoryTracer();
const own = (span: number) => `00-${String(span).padStart(32, '0')}-${String(span).padStart(16, '0')}-01`;

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  await ensureTopics(createKafka(api.config, api.deps.log), api.config);
  token = await api.token('operator');
});
afterAll(() => api.close());
beforeEach(() => void tracer.spans.splice(0));

const stated = (changes: Record<string, unknown> = {}) => ({
  ...cloudEventOf({
    ...validRecord('ai-coaching', { eventId: crypto.randomUUID(), occurredAt: NOW - 1000 }),
    kind: 'ai-coaching',
  } as unknown as FeatureEvent),
  ...changes,
});

const traced = () => {
  const postgres = tracedTransactions(api.postgres, tracer, { system: 'postgresql', namespace: 'impact' });
  return build({ ...api.deps, postgres, tracer });
};

/** Sends events to an API that traces, or to one that does not. */
async function send(app: ReturnType<typeof build>, body: unknown, headers: Record<string, string> = {}) {
  const type = Array.isArray(body) ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/events',
    headers: { authorization: `Bearer ${token}`, 'content-type': type, ...headers },
    payload: JSON.stringify(body),
  });
  return { status: answer.statusCode, ids: (answer.json() as { ids: string[] }).ids };
}

/** The trace headers of the last records on the topic. */
async function tracesOnTopic(count: number): Promise<Record<string, string>[]> {
  const records = await readTopic(api.config, eventTopics['ai-coaching']);
  return records.slice(-count).map(({ headers }) => headers);
}

describe('the trace of a request', () => {
  it('is its caller’s, and the request one span in it, with its statements below', async () => {
    const app = traced();
    const headers = { authorization: `Bearer ${token}`, traceparent: caller, tracestate: 'a=b', 'user-agent': 'tests' };
    expect((await app.inject({ url: '/api/v1/rules?limit=1', headers })).statusCode).toBe(200);
    const [request, ...statements] = tracer.spans;
    expect(request).toMatchObject({
      name: 'GET /api/v1/rules',
      kind: 'server',
      remote: { traceparent: caller, tracestate: 'a=b' },
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/v1/rules',
        'http.response.status_code': 200,
        'url.path': '/api/v1/rules',
        'url.scheme': 'http',
        'user_agent.original': 'tests',
      },
      ended: true,
      failed: undefined,
    });
    expect(statements.length).toBeGreaterThan(0);
    expect(new Set(statements.map(({ parent, kind }) => `${parent} ${kind}`))).toEqual(new Set(['GET /api/v1/rules client']));
    await app.close();
  });

  it('is its own without a valid traceparent, and has no address where there is no route', async () => {
    const app = traced();
    expect((await app.inject({ url: '/nowhere/4711', headers: { traceparent: `${caller}, ${caller}` } })).statusCode).toBe(404);
    expect(tracer.spans).toMatchObject([{ name: 'GET', remote: null, failed: undefined, ended: true }]);
    expect(tracer.spans[0]?.attributes).not.toHaveProperty('http.route');
    await app.close();
  });

  it('fails where the fault is ours', async () => {
    const clickhouse = { query: () => Promise.reject(new Error('gone')) };
    const app = build({ ...api.deps, clickhouse, tracer });
    const answer = await app.inject({ url: '/api/v1/alerts', headers: { authorization: `Bearer ${token}` } });
    expect(answer.statusCode).toBeGreaterThanOrEqual(500);
    expect(tracer.spans[0]?.attributes).toMatchObject({ 'error.type': String(answer.statusCode) });
    expect(String(tracer.spans[0]?.failed)).toContain(String(answer.statusCode));
    await app.close();
  });

  it('is not taken of what orchestrators and scrapers ask', async () => {
    const app = traced();
    for (const url of ['/health', '/ready', '/metrics']) await app.inject({ url });
    expect(tracer.spans).toEqual([]);
    await app.close();
  });
});

describe('the trace of a collected event', () => {
  it('is the span of the request that brought it', async () => {
    const app = traced();
    expect((await send(app, stated(), { traceparent: caller })).status).toBe(202);
    expect(tracer.spans[0]).toMatchObject({ name: 'POST /api/v1/events', remote: { traceparent: caller }, links: [] });
    expect(await tracesOnTopic(1)).toEqual([{ traceparent: own(1) }]);
    await app.close();
  });

  it('is the one in which it was stated, and the request is linked to that', async () => {
    const app = traced();
    const batch = [stated({ traceparent: other, tracestate: 'a=b' }), stated({ traceparent: caller }), stated({ traceparent: 'nonsense' })];
    const headers = { traceparent: caller };
    expect((await send(app, batch, headers)).status).toBe(202);
    expect(tracer.spans[0]?.links).toEqual([{ traceparent: other, tracestate: 'a=b' }]);
    expect(await tracesOnTopic(3)).toEqual([{ traceparent: other, tracestate: 'a=b' }, { traceparent: caller }, { traceparent: own(1) }]);
    await app.close();
  });

  it('is passed on as it came by an API that traces nothing, and is none where there was none', async () => {
    await send(api.app, stated(), { traceparent: caller, tracestate: 'a=b' });
    await send(api.app, stated(), { traceparent: 'nonsense', tracestate: 'a=b' });
    await send(api.app, stated({ traceparent: other }));
    expect(await tracesOnTopic(3)).toEqual([{ traceparent: caller, tracestate: 'a=b' }, {}, { traceparent: other }]);
  });

  it('may stand in a header of the CloudEvent', async () => {
    const { data, ...attributes } = stated({ traceparent: other });
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))]),
    );
    const answer = await api.ask('POST', '/api/v1/events', token, {
      payload: JSON.stringify(data),
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect(answer.status).toBe(202);
    expect(await tracesOnTopic(1)).toEqual([{ traceparent: other }]);
  });
});
