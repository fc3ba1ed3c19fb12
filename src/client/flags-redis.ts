/** Flags straight from Redis: changes arrive by its channel within milliseconds. */
import { ImpactError } from '../domain/errors.ts';
import { copyOf, flagKeys, newsOf, REDIS_LIFE_MS, revisionOf } from '../domain/flags/keyspace.ts';
import type { FlagCopy } from '../domain/flags/replica.ts';
import type { FlagSource, SourceListener } from './flag-source.ts';
import { within } from './patience.ts';
import { connectRedis, type RedisConnection, type RedisConnectionOptions } from './redis.ts';

export type RedisFlagsOptions = Omit<RedisConnectionOptions, 'once'> & {
  /** The installation's namespace, if it has one. */
  namespace?: string;
};

/** A request that takes longer counts as failed, so that a Redis which hangs is noticed. */
const PATIENCE_MS = 2_000;

async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await within(work, PATIENCE_MS, () => new Error(`no answer within ${PATIENCE_MS / 1000} s`));
  } catch (cause) {
    throw new ImpactError('unavailable', `Redis does not answer: ${(cause as Error).message}`, { cause });
  }
}

/** The revision first, which is two short fields: as a rule nothing has changed. */
async function load(redis: RedisConnection, key: string, revision: string | null): Promise<FlagCopy | null> {
  const [epoch, count] = await answered(redis.hmget(key, 'epoch', 'count'));
  // In use, so not to be forgotten; a user who may only read cannot say so, and need not.
  redis.pexpire(key, REDIS_LIFE_MS).catch(() => {});
  if (revision !== null && revisionOf(epoch, count) === revision) return null;
  const copy = copyOf(await answered(redis.hgetall(key)));
  if (copy === null)
    throw new ImpactError('unavailable', 'Redis holds no flags; a running API or `impact flags list` fills it again from Postgres');
  return copy;
}

/** Subscribes, and again after every interruption; only then is what was missed worth fetching. */
function watch(subscriber: RedisConnection, channel: string, listener: SourceListener): void {
  subscriber.on('message', (_, text: string) => listener.news(newsOf(text)));
  subscriber.on('close', () => listener.connected(false));
  const subscribe = (): void => {
    subscriber.subscribe(channel).then(
      () => listener.connected(true),
      () => listener.connected(false),
    );
  };
  subscriber.on('ready', subscribe);
  subscriber.connect().catch(() => {});
}

/** A source with two connections: one asks, one listens. They open at once. */
export function redisFlags({ namespace = '', ...options }: RedisFlagsOptions): FlagSource {
  const keys = flagKeys(namespace);
  const [redis, subscriber] = [connectRedis(options), connectRedis(options)];
  return {
    load: (revision) => load(redis, keys.flags, revision),
    watch: (listener) => watch(subscriber, keys.channel, listener),
    async close() {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}
