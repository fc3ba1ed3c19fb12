/** A service's copy of the flags, on real Redis: how fast changes arrive, and what happens when Redis is stopped, hangs, forgets, is a cluster, speaks TLS. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlagClient } from '../../src/client/flags.ts';
import { connectRedis } from '../../src/client/redis.ts';
import { definitionOf, type Flag } from '../../src/domain/flags/flag.ts';
import { flagKeys } from '../../src/domain/flags/keyspace.ts';
import type { RolloutStage } from '../../src/domain/flags/stage.ts';
import { eventually } from '../support/eventually.ts';
import { by, type FlagWorld, openFlagWorld } from '../support/flag-world.ts';
import { definition } from '../support/flags.ts';
import { type OwnRedis, openRedis, openRedisCluster, openTlsRedis } from '../support/own-redis.ts';

const to = (stage: RolloutStage) => (flag: Flag) => ({ ...definitionOf(flag), stage });
const create = (world: FlagWorld, id: string, more: object = {}) => world.store.create(definition({ id, ...more }), by);
const set = (world: FlagWorld, id: string, stage: RolloutStage) => world.store.update(id, to(stage), null, by);

/** Resolves when the client's copy has this version, with how long that took, ms. */
function seen(client: FlagClient, id: string, version: number): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const look = (): void => {
      if ((client.get(id)?.version ?? 0) < version) return;
      stop();
      resolve(performance.now() - startedAt);
    };
    const stop = client.onChange(look);
    look();
  });
}

describe('a change', () => {
  let world: FlagWorld;
  let clients: FlagClient[];
  beforeAll(async () => {
    world = await openFlagWorld();
    await create(world, 'realtime_intelligence', { stage: 'ga' });
    clients = [await world.client(), await world.client()];
    await Promise.all(clients.map((client) => client.ready()));
  });
  afterAll(() => world?.close());

  it('is seen by every process within 200 ms', async () => {
    const delays: number[] = [];
    for (let version = 2; version < 32; version++) {
      const arrivals = clients.map((client) => seen(client, 'realtime_intelligence', version));
      await set(world, 'realtime_intelligence', version % 2 === 0 ? 'beta_10' : 'ga');
      delays.push(...(await Promise.all(arrivals)));
    }
    expect(Math.max(...delays)).toBeLessThan(200);
  });

  it('is what the next question is answered by', async () => {
    const [client] = clients as [FlagClient];
    const version = (await set(world, 'realtime_intelligence', 'ga')).version;
    await seen(client, 'realtime_intelligence', version);
    expect(client.isEnabled('realtime_intelligence', 'tenant_123', 'user_456')).toBe(true);
    expect(client.getVariant('realtime_intelligence', 'tenant_123', 'user_456')).toBe('treatment');
    expect(client.evaluate('realtime_intelligence', { tenantId: 't' })).toMatchObject({ reason: 'STATIC', decidedBy: 'ga', version });
  });

  it('that was not heard is found by asking', async () => {
    const deaf = await world.client({ pollMs: 50 });
    await deaf.ready();
    const key = flagKeys(world.config.namespace).flags;
    const stored = JSON.parse((await world.connection.hget(key, 'flag:realtime_intelligence')) ?? '{}') as { version: number };
    const document = JSON.stringify({ ...stored, version: stored.version + 1, name: 'written behind our back' });
    await world.connection.multi().hset(key, 'flag:realtime_intelligence', document).hincrby(key, 'count', 1).exec();
    await eventually(() => expect(deaf.get('realtime_intelligence')?.name).toBe('written behind our back'), 5000);
    await world.connection.hset(key, 'version:realtime_intelligence', stored.version + 1);
  });

  it('of a flag that is created or deleted arrives too', async () => {
    const [client] = clients as [FlagClient];
    expect(client.evaluate('later', { tenantId: 't' })).toMatchObject({ decidedBy: 'unknown_flag', errorCode: 'FLAG_NOT_FOUND' });
    await create(world, 'later', { stage: 'ga' });
    await eventually(() => expect(client.isEnabled('later', 't')).toBe(true), 2000, 5);
    await world.store.remove('later', 1, by);
    await eventually(() => expect(client.get('later')).toBeNull(), 2000, 5);
    expect(client.flags().map(({ id }) => id)).toEqual(['realtime_intelligence']);
  });

  it('is taken over as it is told, without fetching everything again', () => {
    for (const client of clients) {
      const { news, loads, loadFailures } = client.statistics();
      expect(news).toBeGreaterThan(30);
      expect(loads).toBeLessThan(5);
      expect(loadFailures).toBe(0);
    }
  });
});

describe('without Redis', () => {
  let redis: OwnRedis;
  let world: FlagWorld;
  let client: FlagClient;
  beforeAll(async () => {
    redis = await openRedis();
    world = await openFlagWorld({ url: redis.url });
    await create(world, 'churn_prevention', { stage: 'ga' });
    client = await world.client({ pollMs: 200 });
    await client.ready();
  });
  afterAll(async () => {
    await world?.close();
    await redis?.close();
  });
  const reason = () => client.evaluate('churn_prevention', { tenantId: 't' }).reason;

  it('answers go on, marked as stale, and are fresh again when it is back, without a restart', async () => {
    const states: boolean[] = [];
    client.onChange((_, { stale }) => states.push(stale));
    expect(reason()).toBe('STATIC');
    await redis.stop();
    await eventually(() => expect(reason()).toBe('STALE'), 5000, 10);
    expect(client.isEnabled('churn_prevention', 't')).toBe(true);
    expect(client.state()).toMatchObject({ stale: true, problem: expect.any(String) });
    await redis.start();
    await eventually(() => expect(reason()).toBe('STATIC'), 10_000, 10);
    expect(states[0]).toBe(true);
    expect(states.at(-1)).toBe(false);
    await set(world, 'churn_prevention', 'disabled');
    await eventually(() => expect(client.isEnabled('churn_prevention', 't')).toBe(false), 2000, 10);
    await set(world, 'churn_prevention', 'ga');
    await eventually(() => expect(client.isEnabled('churn_prevention', 't')).toBe(true), 2000, 10);
  });

  it('that answers no more, though its connections stand, is noticed as well', async () => {
    redis.freeze();
    await eventually(() => expect(reason()).toBe('STALE'), 10_000, 20);
    expect(client.state().problem).toContain('no answer within 2 s');
    redis.thaw();
    await eventually(() => expect(reason()).toBe('STATIC'), 10_000, 20);
  });

  it('that has forgotten everything, flags are not taken for deleted', async () => {
    await redis.ask('FLUSHALL');
    await eventually(() => expect(reason()).toBe('STALE'), 5000, 10);
    expect(client.isEnabled('churn_prevention', 't')).toBe(true);
    await world.store.keep();
    await eventually(() => expect(reason()).toBe('STATIC'), 5000, 10);
  });

  it('a process that starts is not ready, and says so', async () => {
    await redis.stop();
    const late = await world.client({ pollMs: 100 });
    await expect(late.ready(300)).rejects.toMatchObject({ code: 'unavailable' });
    expect(late.evaluate('churn_prevention')).toMatchObject({ decidedBy: 'not_ready', enabled: false, errorCode: 'PROVIDER_NOT_READY' });
    expect(late.isEnabled('churn_prevention', 't')).toBe(false);
    expect(late.getVariant('churn_prevention', 't')).toBeNull();
    await redis.start();
    await late.ready(10_000);
    expect(late.isEnabled('churn_prevention', 't')).toBe(true);
  });

  it('changes are refused as unavailable', async () => {
    await redis.stop();
    await expect(world.store.update('churn_prevention', to('disabled'), null, by)).rejects.toMatchObject({ code: 'unavailable' });
    await redis.start();
    await eventually(() => world.store.get('churn_prevention'), 10_000);
  });
});

describe('a list of hosts', () => {
  it('is gone through until one is a primary, also after the primary has changed', async () => {
    const primary = await openRedis();
    const secondary = await openRedis(() => ['--replicaof', '127.0.0.1', String(primary.port)]);
    const gone = 1;
    const url = `redis://127.0.0.1:${gone},127.0.0.1:${secondary.port},127.0.0.1:${primary.port}/0`;
    const world = await openFlagWorld({ url });
    await create(world, 'ai_coaching', { stage: 'ga' });
    const client = await world.client({ pollMs: 200 });
    await client.ready();
    expect(client.isEnabled('ai_coaching', 't')).toBe(true);
    await eventually(async () => expect(String(await secondary.ask('HLEN', flagKeys(world.config.namespace).flags))).not.toBe('0'));
    await primary.stop();
    await secondary.ask('REPLICAOF', 'NO', 'ONE');
    await eventually(() => set(world, 'ai_coaching', 'disabled'), 20_000);
    await eventually(() => expect(client.evaluate('ai_coaching', {})).toMatchObject({ enabled: false, reason: 'DISABLED' }), 20_000);
    await world.close();
    await Promise.all([primary.close(), secondary.close()]);
  });
});

describe('a Redis Cluster', () => {
  it('keeps flags like a single Redis, changes are seen within 200 ms, and a replica takes over', async () => {
    const cluster = await openRedisCluster();
    const world = await openFlagWorld({ url: cluster.url, cluster: true });
    await create(world, 'property_intelligence');
    const clients = [await world.client({ pollMs: 200 }), await world.client({ pollMs: 200 })];
    await Promise.all(clients.map((client) => client.ready()));
    const delays: number[] = [];
    for (let version = 2; version < 12; version++) {
      const arrivals = clients.map((client) => seen(client, 'property_intelligence', version));
      await set(world, 'property_intelligence', version % 2 === 0 ? 'ga' : 'disabled');
      delays.push(...(await Promise.all(arrivals)));
    }
    expect(Math.max(...delays)).toBeLessThan(200);
    await world.connection.del(flagKeys(world.config.namespace).flags);
    await world.store.keep();
    expect(await world.store.get('property_intelligence')).toMatchObject({ version: 11 });
    // The node that has the flags dies, and its replica takes over: answers go on, changes are possible again and arrive, without a restart.
    const master = await cluster.protect(flagKeys(world.config.namespace).flags);
    await master.stop();
    for (const client of clients) expect(client.get('property_intelligence')).toMatchObject({ version: 11 });
    await eventually(() => set(world, 'property_intelligence', 'beta_50'), 30_000);
    for (const client of clients)
      await eventually(
        () => expect([client.get('property_intelligence')?.stage, client.state().stale]).toEqual(['beta_50', false]),
        30_000,
      );
    await world.close();
    await cluster.close();
  });
});

describe('Redis over TLS', () => {
  it('is trusted by its authority’s certificate, and by nothing less', async () => {
    const redis = await openTlsRedis('p@ss/word:1');
    const world = await openFlagWorld({ url: redis.url, ca: redis.ca });
    await create(world, 'secure', { stage: 'ga' });
    const client = await world.client();
    await client.ready();
    expect(client.isEnabled('secure', 't')).toBe(true);
    const errors: string[] = [];
    const distrustful = connectRedis({ url: redis.url, once: true, onError: ({ message }) => errors.push(message) });
    await expect(distrustful.ping()).rejects.toThrow();
    expect(errors).toEqual([expect.stringMatching(/self.signed certificate/)]);
    await world.close();
    await redis.close();
  });
});
