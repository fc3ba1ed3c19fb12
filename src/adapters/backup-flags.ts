/** The flags in Redis as they lie there, out and back: definitions, versions, and the changes that wait to be recorded. */
import type { Cluster, Redis } from 'ioredis';
import { flagKeys, REDIS_LIFE_MS } from '../domain/flags/keyspace.ts';
import { within } from '../runtime/patience.ts';

export type FlagDump = { fields: Record<string, string>; outbox: string[] };

export type FlagBackup = {
  read(): Promise<FlagDump>;
  /** Whether Redis holds any flag of this namespace. */
  isEmpty(): Promise<boolean>;
  /** Puts the dump in the place of what is there, in one step, under a new epoch: every copy fetches everything. */
  replace(dump: FlagDump, epoch: string): Promise<void>;
};

const PATIENCE_MS = 30_000;

/** KEYS flags, outbox; ARGV epoch, channel, life in ms, number of field values, field values, outbox entries. */
const replaceScript = `
redis.call('DEL', KEYS[1], KEYS[2])
local fields = tonumber(ARGV[4])
for i = 5, 4 + fields, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'count', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
for i = 5 + fields, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
redis.call('PUBLISH', ARGV[2], '{"revision":"' .. ARGV[1] .. '.0","id":"","flag":null}')`;

/** Every method throws ImpactError `unavailable` when Redis does not answer. */
export function createFlagBackup(redis: Redis | Cluster, namespace: string): FlagBackup {
  const keys = flagKeys(namespace);
  const answered = <T>(work: Promise<T>): Promise<T> => within(work, PATIENCE_MS, 'Redis does not answer');
  return {
    async read() {
      const [fields, outbox] = await answered(Promise.all([redis.hgetall(keys.flags), redis.lrange(keys.outbox, 0, -1)]));
      return { fields, outbox };
    },
    isEmpty: async () => (await answered(redis.hkeys(keys.flags))).every((field) => !field.startsWith('flag:')),
    async replace({ fields, outbox }, epoch) {
      const values = Object.entries(fields).flat();
      const args = [epoch, keys.channel, REDIS_LIFE_MS, values.length, ...values, ...outbox];
      await answered(redis.eval(replaceScript, 2, keys.flags, keys.outbox, ...args));
    },
  };
}
