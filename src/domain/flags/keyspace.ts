/** How flags lie in Redis: one hash, so that all of it is read at once and expires at once, and a list of changes that wait to be recorded. */
import { redisPrefix } from '../names.ts';
import type { Flag } from './flag.ts';
import { isPlainObject } from './json.ts';
import { parseStoredFlag } from './parse.ts';
import type { FlagCopy, FlagNews } from './replica.ts';

/** Keys in braces share a slot of a cluster, so that one script may write both. */
export type FlagKeys = {
  /** Hash: `epoch`, `count`, `flag:<id>` (JSON), `version:<id>` (also of deleted flags, so that their versions go on). */
  readonly flags: string;
  /** List of changes as JSON, oldest first; an entry is removed once Postgres has it. It never expires. */
  readonly outbox: string;
  /** Channel on which each change is broadcast, as `FlagNews` in JSON. */
  readonly channel: string;
};

/** Copies in Redis live this long after they were last used; Postgres has them for ever. */
export const REDIS_LIFE_MS = 86_400_000;

export function flagKeys(namespace: string): FlagKeys {
  const flags = `${redisPrefix(namespace)}{flags}`;
  return { flags, outbox: `${flags}:outbox`, channel: `${flags}:changes` };
}

export const flagField = (id: string): string => `flag:${id}`;
export const versionField = (id: string): string => `version:${id}`;

/** What somebody else has put there and is not a flag is left out and counted. */
export type StoredCopy = FlagCopy & { readonly unreadable: readonly string[] };

/** A stored flag's JSON; null for what is none. */
export function readStored(text: string): Flag | null {
  try {
    const parsed = parseStoredFlag(JSON.parse(text));
    return parsed.ok ? parsed.flag : null;
  } catch {
    return null;
  }
}

/** "<epoch>.<count>"; null where nothing is stored, which is not the same as "no flags". */
export function revisionOf(epoch: string | null | undefined, count: string | null | undefined): string | null {
  return epoch ? `${epoch}.${count ?? 0}` : null;
}

/** The fields of the hash as a copy; null where nothing is stored. */
export function copyOf(fields: Readonly<Record<string, string>>): StoredCopy | null {
  const revision = revisionOf(fields['epoch'], fields['count']);
  if (revision === null) return null;
  const read = Object.entries(fields)
    .filter(([field]) => field.startsWith('flag:'))
    .map(([field, text]) => ({ id: field.slice('flag:'.length), flag: readStored(text) }));
  return {
    revision,
    flags: read.flatMap(({ flag }) => flag ?? []).sort((a, b) => (a.id < b.id ? -1 : 1)),
    unreadable: read.filter(({ flag }) => flag === null).map(({ id }) => id),
  };
}

/** A broadcast. What cannot be read counts as something missed: its revision is nobody's next. */
export function newsOf(text: string): FlagNews {
  try {
    const { revision, id, flag } = JSON.parse(text) as Record<string, unknown>;
    const parsed = flag === null ? null : parseStoredFlag(flag);
    if (typeof revision === 'string' && typeof id === 'string' && parsed === null) return { revision, id, flag: null };
    if (typeof revision === 'string' && typeof id === 'string' && parsed?.ok) return { revision, id, flag: parsed.flag };
  } catch {
    // As below.
  }
  return { revision: 'unreadable.0', id: '', flag: null };
}

/** Versions of all ids that were ever stored, deleted ones included. */
export function versionsOf(fields: Readonly<Record<string, string>>): Map<string, number> {
  const versions = Object.entries(fields).filter(([field]) => field.startsWith('version:'));
  return new Map(versions.map(([field, version]) => [field.slice('version:'.length), Number(version)]));
}

const isRevision = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}\.\d{1,15}$/.test(value);
export const isCopy = (value: unknown): value is { revision: string; flags: unknown[] } =>
  isPlainObject(value) && isRevision(value['revision']) && Array.isArray(value['flags']);
