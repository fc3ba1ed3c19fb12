import { afterAll, describe, expect, it } from 'vitest';
import { createRedisResults } from '../../src/adapters/redis-results.ts';
import { connectRedis } from '../../src/client/redis.ts';
import { testConfig } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';

const config = testConfig();
const redis = connectRedis({ url: config.redisUrl });
const nowhere = connectRedis({ url: 'redis://127.0.0.1:1' });
afterAll(() => {
  redis.disconnect();
  nowhere.disconnect();
});

describe('results in Redis', () => {
  it('are found by every process of the installation, and by none of another', async () => {
    const [one, other] = [createRedisResults(redis, config.namespace), createRedisResults(redis, config.namespace)];
    const key = JSON.stringify(['acme', 'a key of any length', 'x'.repeat(5000)]);
    expect(await other.get(key)).toBeNull();
    await one.set(key, '{"n":1}', 60_000);
    expect(await other.get(key)).toBe('{"n":1}');
    expect(await createRedisResults(redis, `${config.namespace}x`).get(key)).toBeNull();
  });

  it('are forgotten in time', async () => {
    const results = createRedisResults(redis, config.namespace);
    await results.set('short', 'text', 50);
    await eventually(async () => expect(await results.get('short')).toBeNull());
  });

  it('are not to be had while Redis is away, and nobody is told so by an error', async () => {
    const results = createRedisResults(nowhere, config.namespace);
    await results.set('key', 'text', 1000);
    expect(await results.get('key')).toBeNull();
  });
});
