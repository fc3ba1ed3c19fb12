/** Redis, single or cluster: a look whether it is there. `src/client/redis.ts` makes connections, for services and for us. */
import type { Cluster, Redis } from 'ioredis';

/**
 * Asks Redis for a sign of life over a connection of its own, which is made for this and tried once.
 * @throws Error with the connection's own reason when there is none
 */
export async function pingRedis(connect: (onError: (error: Error) => void) => Redis | Cluster): Promise<void> {
  let reason: Error | null = null;
  const redis = connect((error) => {
    reason = error;
  });
  try {
    await redis.ping();
  } catch (error) {
    // The promise only says that the connection is closed; the event says why.
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
