/** Flags in Redis: read whole, changed one at a time and only from the version that was seen, every change broadcast and queued for the audit. */
import type { Cluster, Redis } from 'ioredis';
import { ImpactError } from '../domain/errors.ts';
import type { FlagChange } from '../domain/flags/change.ts';
import type { Flag, FlagDocument } from '../domain/flags/flag.ts';
import {
  copyOf,
  flagField,
  flagKeys,
  REDIS_LIFE_MS,
  readStored,
  type StoredCopy,
  versionField,
  versionsOf,
} from '../domain/flags/keyspace.ts';
import { within } from '../runtime/patience.ts';

/** A connection, to one Redis or to a cluster. */
export type RedisConnection = Redis | Cluster;

/** A step from one version of a flag to the next; `document` null deletes it. */
export type FlagStep = { id: string; from: number; exists: boolean; document: FlagDocument | null; change: FlagChange };
type Durable = { id: string; version: number; document: FlagDocument | null };

export type FlagKeyspace = {
  /** Everything, or null when Redis holds nothing: then `restore`. */
  read(): Promise<(StoredCopy & { versions: ReadonlyMap<string, number> }) | null>;
  /** One flag and the version of its id; null when Redis holds nothing. @throws ImpactError `internal` for what is stored there and is no flag */
  get(id: string): Promise<{ flag: Flag | null; version: number } | null>;
  /** Takes the step, or answers why not. */
  change(step: FlagStep): Promise<'changed' | 'conflict' | 'empty'>;
  /** Takes over what is newer than what Redis holds, under a new epoch. @returns how many flags that were */
  restore(flags: readonly Durable[], epoch: string): Promise<number>;
  /** Changes that are not recorded yet, the oldest first. `settled` takes one out. */
  pending(): Promise<{ change: FlagChange; settled(): Promise<void> }[]>;
  /** Postpones the expiry. */
  touch(): Promise<void>;
};

/**
 * KEYS flags, outbox; ARGV id, version seen, exists, document or '', change, channel, life in ms.
 * The version is compared and everything written in one script, so nothing comes between, and two changes of one version cannot both succeed.
 */
const changeScript = `
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return 'empty' end
local version = tonumber(redis.call('HGET', KEYS[1], 'version:' .. ARGV[1]) or '0')
local exists = redis.call('HEXISTS', KEYS[1], 'flag:' .. ARGV[1])
if version ~= tonumber(ARGV[2]) or exists ~= tonumber(ARGV[3]) then return 'conflict' end
local document = ARGV[4]
if document == '' then
  redis.call('HDEL', KEYS[1], 'flag:' .. ARGV[1])
  document = 'null'
else
  redis.call('HSET', KEYS[1], 'flag:' .. ARGV[1], document)
end
redis.call('HSET', KEYS[1], 'version:' .. ARGV[1], version + 1)
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
redis.call('RPUSH', KEYS[2], ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('PUBLISH', ARGV[6], '{"revision":"' .. epoch .. '.' .. count .. '","id":"' .. ARGV[1] .. '","flag":' .. document .. '}')
return 'changed'`;

/**
 * KEYS flags; ARGV new epoch, channel, life in ms, then id, version, document or '' of each flag. A new epoch makes every replica fetch everything.
 */
const restoreScript = `
local taken = 0
for i = 4, #ARGV, 3 do
  local version = tonumber(redis.call('HGET', KEYS[1], 'version:' .. ARGV[i]) or '0')
  if tonumber(ARGV[i + 1]) > version then
    redis.call('HSET', KEYS[1], 'version:' .. ARGV[i], ARGV[i + 1])
    if ARGV[i + 2] == '' then redis.call('HDEL', KEYS[1], 'flag:' .. ARGV[i]) else redis.call('HSET', KEYS[1], 'flag:' .. ARGV[i], ARGV[i + 2]) end
    taken = taken + 1
  end
end
if taken > 0 or redis.call('HEXISTS', KEYS[1], 'epoch') == 0 then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'count', 0)
  redis.call('PUBLISH', ARGV[2], '{"revision":"' .. ARGV[1] .. '.0","id":"","flag":null}')
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return taken`;

const PATIENCE_MS = 5_000;
const PENDING_AT_ONCE = 100;

/** Redis that does not answer in time is away, whatever the connection believes. */
const answered = <T>(work: Promise<T>): Promise<T> => within(work, PATIENCE_MS, 'Redis does not answer');

const jsonOf = (document: FlagDocument | null): string => (document === null ? '' : JSON.stringify(document));

/** The flags of this namespace. Every method throws ImpactError `unavailable` when Redis does not answer. */
export function createFlagKeyspace(redis: RedisConnection, namespace: string): FlagKeyspace {
  const keys = flagKeys(namespace);
  return {
    async read() {
      const fields = await answered(redis.hgetall(keys.flags));
      const copy = copyOf(fields);
      return copy && { ...copy, versions: versionsOf(fields) };
    },
    async get(id) {
      const [epoch, text, version] = await answered(redis.hmget(keys.flags, 'epoch', flagField(id), versionField(id)));
      if (!epoch) return null;
      const flag = text ? readStored(text) : null;
      if (text && flag === null) throw new ImpactError('internal', `what is stored as flag ${id} in Redis cannot be read`);
      return { flag, version: Number(version ?? 0) };
    },
    async change({ id, from, exists, document, change }) {
      const args = [id, from, exists ? 1 : 0, jsonOf(document), JSON.stringify(change), keys.channel, REDIS_LIFE_MS];
      return (await answered(redis.eval(changeScript, 2, keys.flags, keys.outbox, ...args))) as 'changed' | 'conflict' | 'empty';
    },
    async restore(flags, epoch) {
      const rows = flags.flatMap(({ id, version, document }) => [id, version, jsonOf(document)]);
      return Number(await answered(redis.eval(restoreScript, 1, keys.flags, epoch, keys.channel, REDIS_LIFE_MS, ...rows)));
    },
    async pending() {
      const texts = await answered(redis.lrange(keys.outbox, 0, PENDING_AT_ONCE - 1));
      return texts.map((text) => ({
        change: JSON.parse(text) as FlagChange,
        settled: async () => void (await answered(redis.lrem(keys.outbox, 1, text))),
      }));
    },
    touch: async () => void (await answered(redis.pexpire(keys.flags, REDIS_LIFE_MS))),
  };
}
