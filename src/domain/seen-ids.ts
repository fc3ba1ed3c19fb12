/** The last ids of some kind, so that an event that is sent again soon counts once. Kept in chunks, one for each step, for a changelog. */

export type SeenIds = { limit: number; ids: Set<string>; chunks: Map<number, string[]>; fresh: string[]; next: number };

/** @param limit how many ids are remembered at least; older ones are forgotten a chunk at a time */
export const noIds = (limit: number): SeenIds => ({ limit, ids: new Set(), chunks: new Map(), fresh: [], next: 0 });

/** Puts a chunk back that was taken down before. */
export function restoreChunk(seen: SeenIds, number: number, ids: string[]): void {
  seen.chunks.set(number, ids);
  for (const id of ids) seen.ids.add(id);
  seen.next = Math.max(seen.next, number + 1);
}

export const isKnown = ({ ids }: SeenIds, id: string): boolean => ids.has(id);

/** @param id one that is not known */
export function remember(seen: SeenIds, id: string): void {
  seen.ids.add(id);
  seen.fresh.push(id);
}

/** The chunk of what is new since the last time, and those that may be forgotten; null deletes. */
export function takeChunks(seen: SeenIds): Map<number, string[] | null> {
  const taken = new Map<number, string[] | null>();
  if (seen.fresh.length === 0) return taken;
  taken.set(seen.next, seen.fresh);
  seen.chunks.set(seen.next, seen.fresh);
  seen.next += 1;
  seen.fresh = [];
  for (const [number, ids] of seen.chunks) {
    if (seen.ids.size - ids.length < seen.limit) break;
    for (const id of ids) seen.ids.delete(id);
    seen.chunks.delete(number);
    taken.set(number, null);
  }
  return taken;
}
