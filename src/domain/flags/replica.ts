/** A process's own copy of all flags, ready to be asked, and how news changes it. */
import { type CompiledFlag, compileFlag } from './compile.ts';
import type { Flag } from './flag.ts';

/** All flags at a revision: "<epoch>.<number of changes since>". An epoch begins when the store is filled anew. */
export type FlagCopy = { readonly revision: string; readonly flags: readonly Flag[] };

/** One change as it is broadcast; `flag` null: deleted. `revision` is the one that it leads to. */
export type FlagNews = { readonly revision: string; readonly id: string; readonly flag: Flag | null };

export type Replica = { readonly revision: string | null; readonly flags: ReadonlyMap<string, CompiledFlag> };

export const emptyReplica: Replica = { revision: null, flags: new Map() };

type Clock = () => number;

function position(revision: string | null): { epoch: string; count: number } {
  const [, epoch = '', count = '-1'] = /^(.+)\.(\d+)$/.exec(revision ?? '') ?? [];
  return { epoch, count: Number(count) };
}

const unchanged = (known: CompiledFlag | undefined, flag: Flag): known is CompiledFlag =>
  known !== undefined && known.flag.version === flag.version && known.flag.updatedAt === flag.updatedAt;

/** Whether a revision came before another one. Revisions of two epochs cannot be compared: none of them did. */
export function isEarlier(revision: string | null, than: string | null): boolean {
  const [a, b] = [position(revision), position(than)];
  return a.epoch === b.epoch && a.count < b.count;
}

/** The replica of a whole copy. Flags that are as they were stay compiled. */
export function replicaOf({ revision, flags }: FlagCopy, before: Replica, now: Clock): Replica {
  // News that came while the copy was fetched have overtaken it.
  if (isEarlier(revision, before.revision)) return before;
  const compiled = flags.map((flag): [string, CompiledFlag] => {
    const known = before.flags.get(flag.id);
    return [flag.id, unchanged(known, flag) ? known : compileFlag(flag, now)];
  });
  return { revision, flags: new Map(compiled) };
}

/**
 * The replica after a change.
 * @returns the same one for old news; null when something between was missed, and the whole copy has to be fetched
 */
export function replicaAfter(news: FlagNews, before: Replica, now: Clock): Replica | null {
  const [known, next] = [position(before.revision), position(news.revision)];
  if (known.epoch !== next.epoch || next.count > known.count + 1) return null;
  if (next.count <= known.count) return before;
  const flags = new Map(before.flags);
  if (news.flag === null) flags.delete(news.id);
  else flags.set(news.id, compileFlag(news.flag, now));
  return { revision: news.revision, flags };
}

/** Ids of the flags that are not the same in both. */
export function changedFlags(before: Replica, after: Replica): string[] {
  const ids = new Set([...before.flags.keys(), ...after.flags.keys()]);
  return [...ids].filter((id) => before.flags.get(id) !== after.flags.get(id));
}
