/** Flags through whole processes: two APIs, the command line and a service, on a Redis that is killed and that forgets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFlagClient, type FlagClient } from '../../src/client/flags.ts';
import { redisFlags } from '../../src/client/flags-redis.ts';
import { impactCommand } from '../support/command.ts';
import { testEnv } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { type ImpactProcess, startImpact } from '../support/impact-process.ts';
import { type OwnRedis, openRedis } from '../support/own-redis.ts';

let redis: OwnRedis;
let env: Record<string, string>;
let apis: ImpactProcess[];
let service: FlagClient;
let token: string;

async function impact(line: string): Promise<string> {
  const { status, out, err } = await impactCommand(line.split(' '), env);
  if (status !== 0) throw new Error(`impact ${line}: ${err}`);
  return out;
}

async function ask({ url }: ImpactProcess, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : null };
}

const evaluated = async (api: ImpactProcess) => (await ask(api, 'POST', '/api/v1/flags/churn_prevention/evaluate', { tenantId: 't' })).json;

beforeAll(async () => {
  redis = await openRedis();
  env = testEnv({ REDIS_URL: redis.url });
  await impact('migrate');
  token = (await impact('tokens create --role admin')).trim();
  apis = await Promise.all([startImpact(['api'], env), startImpact(['api'], env)]);
  service = createFlagClient({ source: redisFlags({ url: redis.url, namespace: env['IMPACT_NAMESPACE'] ?? '' }), pollMs: 500 });
});
afterAll(async () => {
  await service?.close();
  await Promise.all((apis ?? []).map((api) => api.stop()));
  await redis?.close();
});

describe('flags in several processes', () => {
  it('begin empty, and are there for all once they are made', async () => {
    const [first] = apis as [ImpactProcess];
    expect((await ask(first, 'GET', '/api/v1/flags')).json).toEqual({ flags: [], stale: false });
    expect(await impact('flags init')).toContain('churn_prevention');
    await service.ready();
    for (const api of apis)
      await eventually(async () => expect(await evaluated(api)).toMatchObject({ decidedBy: 'disabled', version: 1 }), 2000, 10);
  });

  it('change for all of them at once, whoever changes them', async () => {
    const [first] = apis as [ImpactProcess];
    const changed = await ask(first, 'POST', '/api/v1/flags/churn_prevention/stage', { stage: 'ga' }, { 'if-match': '"1"' });
    expect(changed.json).toMatchObject({ stage: 'ga', version: 2 });
    await eventually(() => expect(service.isEnabled('churn_prevention', 't')).toBe(true), 200, 2);
    for (const api of apis) await eventually(async () => expect(await evaluated(api)).toMatchObject({ decidedBy: 'ga' }), 200, 10);
    await impact('flags stage churn_prevention internal');
    for (const api of apis)
      await eventually(async () => expect(await evaluated(api)).toMatchObject({ decidedBy: 'not_internal', version: 3 }), 2000, 10);
    await impact('flags stage churn_prevention ga');
  });

  it('go on while Redis is dead, marked as stale, and recover without a restart', async () => {
    for (const api of apis)
      await eventually(async () => expect(await evaluated(api)).toMatchObject({ enabled: true, reason: 'STATIC' }), 5000, 20);
    await redis.stop();
    for (const api of apis)
      await eventually(async () => expect(await evaluated(api)).toMatchObject({ enabled: true, reason: 'STALE' }), 10_000, 50);
    const [first] = apis as [ImpactProcess];
    expect((await ask(first, 'GET', '/api/v1/flags/churn_prevention')).json).toMatchObject({ stage: 'ga', version: 4 });
    expect((await ask(first, 'PATCH', '/api/v1/flags/churn_prevention', { owner: 'x' }, { 'if-match': '*' })).status).toBe(503);
    expect((await first.readiness()).ready).toBe(true);
    await redis.start();
    for (const api of apis) await eventually(async () => expect(await evaluated(api)).toMatchObject({ reason: 'STATIC' }), 20_000, 50);
    expect((await ask(first, 'PATCH', '/api/v1/flags/churn_prevention', { owner: 'growth' }, { 'if-match': '"4"' })).json).toMatchObject({
      version: 5,
    });
    await eventually(() => expect(service.get('churn_prevention')?.owner).toBe('growth'), 5000, 10);
  });

  it('are in Redis again by themselves when it has forgotten them', async () => {
    await redis.ask('FLUSHALL');
    expect(service.isEnabled('churn_prevention', 't')).toBe(true);
    await eventually(async () => {
      expect(Number(await redis.ask('DBSIZE'))).toBeGreaterThan(0);
      expect(service.state().stale).toBe(false);
    });
    expect(service.get('churn_prevention')).toMatchObject({ version: 5, owner: 'growth' });
    expect(service.flags()).toHaveLength(4);
  });

  it('are counted in the metrics of each process', async () => {
    // They are written down every few seconds; the copy has just become current again.
    for (const api of apis)
      await eventually(async () => {
        const { text } = await ask(api, 'GET', '/metrics');
        expect(Number(/^impact_flag_lookups_total (\d+)/m.exec(text)?.[1])).toBeGreaterThan(3);
        expect(Number(/^impact_flag_stale_lookups_total (\d+)/m.exec(text)?.[1])).toBeGreaterThan(0);
        expect(text).toMatch(/^impact_flag_stale 0$/m);
      });
  });

  it('do not hold up the end of a process, nor do those who wait for a change', async () => {
    const [, second] = apis as [ImpactProcess, ImpactProcess];
    const { revision } = (await ask(second, 'GET', '/api/v1/flag-copy')).json;
    const waiting = ask(second, 'GET', `/api/v1/flag-copy?after=${revision}&waitSeconds=60`).catch(() => null);
    await eventually(async () => expect((await ask(second, 'GET', '/health')).status).toBe(200));
    const startedAt = performance.now();
    expect(await second.stop()).toBe('0');
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await waiting;
    expect(await (apis[0] as ImpactProcess).stop()).toBe('0');
  });
});
