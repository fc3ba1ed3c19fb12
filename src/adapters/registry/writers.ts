/** Writer schemas by id. Each is fetched once; an id that the registry does not know is not asked for again for a while. */
import type { Requests } from './requests.ts';

export type WriterSchemas = {
  /** The schema's text; null: the registry does not know it; undefined: `load` has not been asked for it. */
  peek(id: number): string | null | undefined;
  /** @throws ImpactError `unavailable`; what was loaded before stays */
  load(ids: Iterable<number>): Promise<void>;
};

/** How long an unknown id stays poison: a storm of bad messages asks the registry once a minute, and a restored registry is noticed. */
const POISON_MS = 60_000;
/** Ids are four hostile bytes, so what is remembered of unknown ones has a bound. */
const MAX_POISON = 100_000;
const CONCURRENT_REQUESTS = 8;
/** Ids are signed integers of 32 bits; a registry may break on a larger one, which must not look like an outage. */
const MAX_SCHEMA_ID = 0x7fff_ffff;

/** @param now milliseconds since 1970 */
export function createWriterSchemas(requests: Pick<Requests, 'schemaText'>, now: () => number): WriterSchemas {
  const texts = new Map<number, string>();
  const poisonUntil = new Map<number, number>();
  const settled = (id: number): boolean => id > MAX_SCHEMA_ID || texts.has(id) || (poisonUntil.get(id) ?? 0) > now();
  const fetchOne = async (id: number): Promise<void> => {
    const text = await requests.schemaText(id);
    if (text === null) poisonUntil.set(id, now() + POISON_MS);
    else texts.set(id, text);
  };
  return {
    peek: (id) => texts.get(id) ?? (id > MAX_SCHEMA_ID || poisonUntil.has(id) ? null : undefined),
    async load(ids) {
      const missing = [...new Set(ids)].filter((id) => !settled(id));
      if (poisonUntil.size + missing.length > MAX_POISON) poisonUntil.clear();
      for (let i = 0; i < missing.length; i += CONCURRENT_REQUESTS) {
        await Promise.all(missing.slice(i, i + CONCURRENT_REQUESTS).map(fetchOne));
      }
    },
  };
}
