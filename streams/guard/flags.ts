/** The flags as the guard stage has them: from this process's own copy, which lasts while Redis is down. */
import { entry } from '../../src/domain/entry.ts';
import type { Flag } from '../../src/domain/flags/flag.ts';
import type { FlagReader } from '../../src/domain/flags/reader.ts';
import { isGuarded } from '../../src/domain/guard/plan.ts';
import { type GuardedFlag, guardedFlag } from '../../src/domain/guard/sums.ts';

export type FlagBook = {
  /** Changes with every change of a flag; null before the first copy has arrived. */
  edition(): string | null;
  /** The rollouts under way of a feature. */
  ofFeature(featureId: string): readonly GuardedFlag[];
  /** A flag, whether its rollout is under way or not. */
  find(flagId: string): Flag | null;
  guarded(flagId: string): GuardedFlag | null;
};

type Page = { edition: string | null; byId: Map<string, GuardedFlag>; byFeature: Map<string, GuardedFlag[]> };

function pageOf(reader: Pick<FlagReader, 'flags'>, edition: string | null, before: Page, now: () => number): Page {
  const page: Page = { edition, byId: new Map(), byFeature: new Map() };
  for (const flag of reader.flags()) {
    if (!isGuarded(flag)) continue;
    const known = before.byId.get(flag.id);
    const guarded = known?.flag === flag ? known : guardedFlag(flag, now);
    page.byId.set(flag.id, guarded);
    entry(page.byFeature, flag.featureId, () => []).push(guarded);
  }
  return page;
}

/** @param now milliseconds since 1970, for targeting rules that ask for the time */
export function createFlagBook(reader: Pick<FlagReader, 'flags' | 'get' | 'state'>, now: () => number): FlagBook {
  let page: Page = { edition: null, byId: new Map(), byFeature: new Map() };
  const current = (): Page => {
    const { revision } = reader.state();
    if (revision !== page.edition) page = pageOf(reader, revision, page, now);
    return page;
  };
  return {
    edition: () => current().edition,
    ofFeature: (featureId) => current().byFeature.get(featureId) ?? [],
    find: (flagId) => reader.get(flagId),
    guarded: (flagId) => current().byId.get(flagId) ?? null,
  };
}
