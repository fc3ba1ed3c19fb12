import { request as httpRequest } from 'node:http';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres } from '../../src/adapters/postgres.ts';
import { build } from '../../src/api/app.ts';
import { isLoopback } from '../../src/api/health.ts';
import { startApi } from '../../src/api/listen.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';

let api: TestApi;
let viewer: string;

beforeAll(async () => {
  api = await openTestApi();
  viewer = await api.token('viewer');
});
afterAll(() => api?.close());

describe('every answer', () => {
  it('carries the safety headers and a request id, the caller’s own when it is a sane one', async () => {
    const { headers } = await api.ask('GET', '/health', null, { headers: { 'x-request-id': 'order-42' } });
    expect(headers).toMatchObject({
      'x-request-id': 'order-42',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    const hostile = await api.ask('GET', '/health', null, { headers: { 'x-request-id': 'a b' } });
    expect(hostile.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is a problem document when it is a refusal', async () => {
    const { status, headers, json } = await api.ask('GET', '/nowhere?secret=1', viewer);
    expect(status).toBe(404);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(json).toEqual({
      type: 'urn:impactstream:problem:not_found',
      title: 'There is no such thing',
      status: 404,
      detail: 'no route for GET /nowhere; /openapi.json lists them',
      code: 'not_found',
      instance: '/nowhere',
      requestId: headers['x-request-id'],
    });
  });

  it('names the fault of a body that is too large, of another type, or no JSON', async () => {
    const admin = await api.token('admin');
    const post = (payload: string, type: string) => api.ask('POST', '/api/v1/rules', admin, { payload, headers: { 'content-type': type } });
    const answers = [
      await post('x'.repeat(2_000_000), 'application/json'),
      await post('<a/>', 'application/xml'),
      await post('{', 'application/json'),
    ];
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [413, 'payload_too_large'],
      [415, 'unsupported_media_type'],
      [400, 'bad_request'],
    ]);
  });

  it('keeps to itself what a component said, and says when to come again', async () => {
    const secret = 'SELECT password FROM host-7';
    const answerTo = async (error: Error) => {
      const app = build({ ...api.deps, clickhouse: { query: () => Promise.reject(error) } });
      const answer = await app.inject({ url: '/api/v1/tenants', headers: { authorization: `Bearer ${viewer}` } });
      await app.close();
      return answer;
    };
    const away = await answerTo(new ImpactError('unavailable', secret, { cause: new Error(secret) }));
    expect([away.statusCode, away.headers['retry-after']]).toEqual([503, '5']);
    const broken = await answerTo(new ImpactError('unprocessable', secret, { cause: new Error(secret) }));
    expect([broken.statusCode, broken.json().code]).toEqual([500, 'internal']);
    expect(away.body + broken.body).not.toContain('host-7');
  });
});

describe('the rate limit', () => {
  it('is each token’s own, and says when to come again', async () => {
    const app = build({ ...api.deps, config: { ...api.config, apiRateLimitPerMinute: 3 } });
    const other = await api.token('viewer');
    const ask = (token: string) => app.inject({ url: '/api/v1/tenants', headers: { authorization: `Bearer ${token}` } });
    // The first request of a token still counts for its address: only then is the token known.
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await ask(viewer)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    const refused = await ask(viewer);
    expect(refused.json()).toMatchObject({
      code: 'too_many_requests',
      detail: expect.stringMatching(/more than 3 requests in a minute; try again in/),
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(other)).statusCode).toBe(200);
    await app.close();
  });

  it('slows down who guesses tokens', async () => {
    const app = build({ ...api.deps, config: { ...api.config, apiRateLimitPerMinute: 3 } });
    const guess = (i: number) =>
      app.inject({ url: '/api/v1/tenants', headers: { authorization: `Bearer imp_00000000000${i}_${'A'.repeat(43)}` } });
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await guess(i)).statusCode);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    await app.close();
  });
});

describe('health, readiness and metrics', () => {
  it('are open on a loopback address', async () => {
    expect((await api.ask('GET', '/health', null)).json).toMatchObject({ status: 'ok' });
    expect((await api.ask('GET', '/ready', null)).json).toEqual({ ready: true, stages: [{ name: 'api', ready: true, reasons: [] }] });
    const metrics = await api.ask('GET', '/metrics', null);
    expect(metrics.headers['content-type']).toMatch(/^text\/plain/);
    expect(metrics.text).toContain('impact_api_requests_total{method="GET",route="/health",status="200"}');
    expect(metrics.text).toMatch(/^process_cpu_seconds_total \d/m);
  });

  it('need a token for metrics on any other address', async () => {
    const app = build({ ...api.deps, config: { ...api.config, apiHost: '0.0.0.0' } });
    expect((await app.inject('/metrics')).statusCode).toBe(401);
    expect((await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${viewer}` } })).statusCode).toBe(200);
    expect((await app.inject('/health')).statusCode).toBe(200);
    await app.close();
    expect(['127.0.0.1', 'localhost', '::1', '127.9.9.9', '0.0.0.0', '::', '10.0.0.1'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('turn red with the reason, for a stage as for a component that is away', async () => {
    const stages = () => [{ name: 'store', health: { ready: false, reasons: ['no progress for 31 s'] } }];
    const nowhere = createPostgres({ databaseUrl: 'postgresql://impact@127.0.0.1:1/impact', databaseCaFile: '', namespace: '' });
    const app = build({ ...api.deps, stages, postgres: nowhere });
    const answer = await app.inject('/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({
      ready: false,
      stages: [
        { name: 'api', ready: false, reasons: ['postgres does not answer'] },
        { name: 'store', ready: false, reasons: ['no progress for 31 s'] },
      ],
    });
    await Promise.all([app.close(), nowhere.close()]);
  });
});

describe('the documentation', () => {
  it('is a valid OpenAPI 3.1 document that describes every route', async () => {
    const { json, status } = await api.ask('GET', '/openapi.json', null);
    expect(status).toBe(200);
    const { valid, errors } = await new Validator().validate(structuredClone(json));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(json.openapi).toBe('3.1.0');
    const routes = (await api.routes())
      .filter((route) => !/^HEAD|\/docs|openapi/.test(route))
      .map((route) => route.replace(/:(\w+)/g, '{$1}'));
    const described = Object.entries(json.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.sort());
    const names = Object.values(json.paths).flatMap((methods) => Object.values(methods as object).map(({ operationId }) => operationId));
    expect(new Set(names).size).toBe(routes.length);
    for (const methods of Object.values(json.paths) as Record<string, { summary?: string; tags?: string[] }>[])
      for (const operation of Object.values(methods))
        expect([operation.summary, operation.tags]).toEqual([expect.any(String), [expect.any(String)]]);
  });

  it('is rendered from files of our own', async () => {
    const page = await api.ask('GET', '/docs/', null);
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect((await api.ask('GET', '/docs/static/swagger-ui-bundle.js', null)).status).toBe(200);
    expect((await api.ask('GET', '/docs/json', null)).json.openapi).toBe('3.1.0');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  });
});

describe('discovery', () => {
  it('lists tenants, features and metrics with their units and days', async () => {
    await storeEvents(api.clickhouse, [
      eventOf('property-intelligence', '2026-01-10T10:00:00Z', { tenantId: 'acme' }),
      eventOf('property-intelligence', '2026-01-12T10:00:00Z', { tenantId: 'globex' }),
    ]);
    expect((await api.ask('GET', '/api/v1/tenants', viewer)).json.tenants).toEqual([
      { tenant: 'acme', n: 2, firstDay: '2026-01-10', lastDay: '2026-01-10' },
      { tenant: 'globex', n: 2, firstDay: '2026-01-12', lastDay: '2026-01-12' },
    ]);
    const span = { n: 2, firstDay: '2026-01-10', lastDay: '2026-01-12' };
    expect((await api.ask('GET', '/api/v1/metrics', viewer)).json.metrics).toEqual([
      { feature: 'property_intelligence', metric: 'luxury_detected', unit: 'share', ...span },
      { feature: 'property_intelligence', metric: 'match_satisfaction_score', unit: 'points', ...span },
    ]);
    expect((await api.ask('GET', '/api/v1/features?tenant=acme', viewer)).json.features).toEqual([
      { feature: 'property_intelligence', n: 2, firstDay: '2026-01-10', lastDay: '2026-01-10' },
    ]);
  });
});

describe('lag', () => {
  it('is the newest sample of each partition, by stage', async () => {
    const sample = (secondsAgo: number, partition: number, committed_offset: number, end_offset: number) => ({
      sampled_at: Math.floor(api.clock.now / 1000) - secondsAgo,
      stage: 'store',
      topic: 'impact-ai-coaching',
      partition,
      committed_offset,
      end_offset,
      lag: end_offset - Math.max(0, committed_offset),
      event_lag_seconds: partition === 0 ? 1.5 : null,
    });
    await api.clickhouse.command('ALTER TABLE pipeline_lag REMOVE TTL');
    await api.clickhouse.insertRows('pipeline_lag', [sample(10, 0, 5, 10), sample(5, 0, 9, 12), sample(5, 1, -1, 4), sample(900, 2, 1, 2)]);
    const at = new Date(Math.floor(api.clock.now / 1000) * 1000 - 5000).toISOString();
    const base = { topic: 'impact-ai-coaching', sampledAt: at };
    expect((await api.ask('GET', '/api/v1/lag', viewer)).json).toEqual({
      stages: [
        {
          stage: 'store',
          lag: 7,
          partitions: [
            { ...base, partition: 0, committedOffset: 9, endOffset: 12, lag: 3, eventLagSeconds: 1.5 },
            { ...base, partition: 1, committedOffset: null, endOffset: 4, lag: 4, eventLagSeconds: null },
          ],
        },
      ],
    });
  });
});

describe('the stage', () => {
  it('listens, tells its health, and finishes what it has begun before it stops', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = false;
    const clickhouse = {
      async query<Row>(text: string, params?: Record<string, unknown>): Promise<Row[]> {
        if (text.includes('tenant')) {
          asked = true;
          await held;
        }
        return api.clickhouse.query<Row>(text, params);
      },
    };
    const stage = await startApi({ ...api.deps, clickhouse });
    expect(stage.name).toBe('api');
    expect(stage.health()).toEqual({ ready: true, reasons: [] });
    const status = new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${viewer}` };
      httpRequest(`${stage.url}/api/v1/tenants`, { headers }, (response) => resolve(response.resume().statusCode ?? 0))
        .on('error', reject)
        .end();
    });
    await eventually(() => expect(asked).toBe(true));
    const stopped = stage.stop();
    release();
    expect(await status).toBe(200);
    await stopped;
    await expect(fetch(`${stage.url}/health`)).rejects.toThrow();
    await stage.stop();
  });
});
