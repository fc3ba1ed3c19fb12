/** Many flags at once, from a file or from the list of the first ones. */
import { ImpactError } from '../../domain/errors.ts';
import { type Author, movedUnits, sameDefinition } from '../../domain/flags/change.ts';
import { definitionOf, type Flag, type FlagDefinition } from '../../domain/flags/flag.ts';
import type { FlagStore } from './store.ts';

export type ImportOutcome = Record<string, 'created' | 'updated' | 'unchanged'>;

async function byId({ list }: FlagStore): Promise<Map<string, Flag>> {
  return new Map((await list()).flags.map((flag) => [flag.id, flag]));
}

/** @throws ImpactError `unprocessable` before anything is changed, when one of the changes would be refused */
function requirePossible(definitions: readonly FlagDefinition[], there: ReadonlyMap<string, Flag>): void {
  const problems = definitions.flatMap((definition) => {
    const before = there.get(definition.id);
    return (before ? movedUnits(before, definition) : []).map((problem) => ({ ...problem, field: `${definition.id}.${problem.field}` }));
  });
  if (problems.length > 0)
    throw new ImpactError('unprocessable', 'this would move units of a running rollout; nothing was changed', { problems });
}

/**
 * Brings flags into the store: new ones are created, changed ones updated, equal ones and others left alone.
 * @returns what happened to each
 */
export async function importFlags(store: FlagStore, definitions: readonly FlagDefinition[], author: Author): Promise<ImportOutcome> {
  const there = await byId(store);
  requirePossible(definitions, there);
  const outcome: ImportOutcome = {};
  for (const definition of definitions) {
    const { id } = definition;
    const before = there.get(id);
    if (before && sameDefinition(definitionOf(before), definition)) outcome[id] = 'unchanged';
    else if (before) outcome[id] = (await store.update(id, () => definition, before.version, author)) && 'updated';
    else outcome[id] = (await store.create(definition, author)) && 'created';
  }
  return outcome;
}

/** Creates those flags that are not there; one that is stays as it is, whatever has become of it. */
export async function addMissing(store: FlagStore, definitions: readonly FlagDefinition[], author: Author): Promise<ImportOutcome> {
  const there = await byId(store);
  const outcome: ImportOutcome = {};
  for (const definition of definitions)
    outcome[definition.id] = there.has(definition.id) ? 'unchanged' : (await store.create(definition, author)) && 'created';
  return outcome;
}
