/** Results that any process has computed, in Redis for all of them. Without Redis each process computes its own. */
import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { redisPrefix } from '../domain/names.ts';
import { within } from '../runtime/patience.ts';

/** Computing anew takes about as long, so nothing is waited for any longer. */
const PATIENCE_MS = 250;

export type RedisResults = {
  /** Null: not known, or not to be had now. */
  get(key: string): Promise<string | null>;
  set(key: string, text: string, keptMs: number): Promise<void>;
};

/** Neither call throws. Keys may be of any length. */
export function createRedisResults(redis: Redis | Cluster, namespace: string): RedisResults {
  const nameOf = (key: string): string => `${redisPrefix(namespace)}result:${createHash('sha256').update(key).digest('base64url')}`;
  const soon = <T>(work: Promise<T>): Promise<T | null> => within(work, PATIENCE_MS, 'Redis does not answer').catch(() => null);
  return {
    get: (key) => soon(redis.get(nameOf(key))),
    set: async (key, text, keptMs) => void (await soon(redis.set(nameOf(key), text, 'PX', keptMs))),
  };
}
