import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../src/api/app.ts';
import { createTokenCheck } from '../../src/api/auth.ts';
import { createToken, listTokens, revokeToken, type TokenStore } from '../../src/query/tokens.ts';
import { openTestApi, type TestApi } from '../support/api.ts';

let api: TestApi;
const url = '/api/v1/tenants';
const statusOf = async (token: string | null): Promise<number> => (await api.ask('GET', url, token)).status;
const make = (expiresAt: Date | null) => createToken(api.postgres, { role: 'viewer', tenantId: null, name: 'test', expiresAt });

beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api?.close());

describe('a bearer token', () => {
  it('is needed, and the refusal says how to send one', async () => {
    const { status, headers, json } = await api.ask('GET', url, null);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="impactstream"');
    expect(json).toMatchObject({ type: 'urn:impactstream:problem:unauthenticated', status: 401, code: 'unauthenticated', instance: url });
    expect(json.detail).toContain('Authorization: Bearer imp_');
  });

  it('is needed on every route that is not meant to be open, whatever the method', async () => {
    const open = ['/health', '/ready', '/metrics', '/openapi.json', '/docs'];
    const guarded = (await api.routes()).filter((route) => !open.some((path) => route.includes(` ${path}`)));
    expect(guarded.filter((route) => route.startsWith('HEAD ')).length).toBeGreaterThan(10);
    for (const route of guarded) {
      const [method, path] = route.split(' ') as ['GET', string];
      expect([route, (await api.ask(method, path.replace(/:\w+/g, 'x'), null)).status]).toEqual([route, 401]);
    }
  });

  it('opens the door when it is a real one, and no other text does', async () => {
    const { token } = await make(null);
    expect(await statusOf(token)).toBe(200);
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    const wrong = [
      changed,
      token.slice(0, -1),
      token.toUpperCase(),
      'imp_',
      `imp_000000000000_${'A'.repeat(43)}`,
      "imp_' OR 1=1",
      'x'.repeat(5000),
    ];
    expect(await Promise.all(wrong.map(statusOf))).toEqual(wrong.map(() => 401));
  });

  it('is stored as a hash only', async () => {
    const { token, row } = await make(null);
    const rows = await api.postgres.query('SELECT * FROM tokens WHERE id = $1', [row.id]);
    const secret = token.split('_').at(-1) ?? '';
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(Object.keys(row)).toEqual(['id', 'role', 'tenantId', 'name', 'createdAt', 'expiresAt', 'revokedAt']);
  });

  it('is looked for once, however many requests bring it at the same time', async () => {
    const { token } = await make(null);
    let asked = 0;
    const query: TokenStore['query'] = (text, params) => {
      asked += 1;
      return api.postgres.query(text, params);
    };
    const check = createTokenCheck({ query }, () => api.clock.now);
    const found = await Promise.all([1, 2, 3].map(() => check.verify(token)));
    expect(found.map((one) => one?.name)).toEqual(['test', 'test', 'test']);
    expect(asked).toBe(1);
  });

  it('ends when it expires', async () => {
    const { token } = await make(new Date(api.clock.now + 1000));
    expect(await statusOf(token)).toBe(200);
    api.clock.now += 1001;
    expect(await statusOf(token)).toBe(401);
  });

  it('ends at the latest five seconds after it is revoked', async () => {
    const { token, row } = await make(null);
    expect(await statusOf(token)).toBe(200);
    const revoked = await revokeToken(api.postgres, row.id);
    expect(revoked?.revokedAt).toBeInstanceOf(Date);
    api.clock.now += 5000;
    expect(await statusOf(token)).toBe(401);
    expect((await revokeToken(api.postgres, row.id))?.revokedAt).toEqual(revoked?.revokedAt);
    expect(await revokeToken(api.postgres, 'ffffffffffff')).toBeNull();
    expect((await listTokens(api.postgres)).find(({ id }) => id === row.id)?.revokedAt).toEqual(revoked?.revokedAt);
  });

  it('has a role, and may do what lesser roles may', async () => {
    const calculate = async (token: string) => (await api.ask('POST', '/api/v1/business-impact/calculate/2026-01-11', token)).status;
    expect([
      await calculate(await api.token('emitter')),
      await calculate(await api.token('viewer')),
      await calculate(await api.token('operator')),
      await calculate(await api.token('admin')),
    ]).toEqual([403, 403, 200, 200]);
  });

  it('of an emitter opens the routes that take events and no other, whatever the method', async () => {
    const emitter = await api.token('emitter');
    const open = ['/health', '/ready', '/metrics', '/openapi.json', '/docs'];
    for (const route of (await api.routes()).filter((one) => !open.some((path) => one.includes(` ${path}`)))) {
      const [method, path] = route.split(' ') as ['GET', string];
      const { status } = await api.ask(method, path.replace(/:\w+/g, 'x'), emitter);
      const forEvents = route === 'POST /api/v1/events' ? 400 : 422;
      expect([route, status]).toEqual([route, /^POST \/api\/v1\/(events$|track\/)/.test(route) ? forEvents : 403]);
    }
    const { status } = await api.ask('POST', '/api/v1/events', await api.token('viewer'));
    expect(status).toBe(403);
  });

  it('is still believed for five minutes when Postgres is away, and an unknown one is told to come back', async () => {
    let away = false;
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const query: typeof api.postgres.query = (text, params) => (away ? Promise.reject(refused) : api.postgres.query(text, params));
    const app = build({ ...api.deps, postgres: { ...api.postgres, query } });
    const ask = (token: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    const [{ token }, { token: unseen }] = [await make(null), await make(null)];
    expect((await ask(token)).statusCode).toBe(200);
    away = true;
    api.clock.now += 60_000;
    expect((await ask(token)).statusCode).toBe(200);
    const answer = await ask(unseen);
    expect([answer.statusCode, answer.headers['retry-after'], answer.json().code]).toEqual([503, '5', 'unavailable']);
    expect(answer.body).not.toContain('ECONNREFUSED');
    api.clock.now += 300_000;
    expect((await ask(token)).statusCode).toBe(503);
    await app.close();
  });
});
