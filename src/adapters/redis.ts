/** Redis, single or cluster. For now it is only reached for and checked; flags come to live in it. */
import { Redis } from 'ioredis';
import type { Config } from '../config.ts';

/**
 * Asks Redis for a sign of life.
 * @throws Error with the connection's reason when there is none within two seconds
 */
export async function pingRedis(config: Pick<Config, 'redisUrl'>): Promise<void> {
  const redis = new Redis(config.redisUrl, { lazyConnect: true, connectTimeout: 2000, maxRetriesPerRequest: 0, retryStrategy: () => null });
  let reason: Error | null = null;
  redis.on('error', (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    // The promise only says that the connection is closed; the event says why.
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
