/** Flags for tests. */
import { compileFlag, evaluateFlag } from '../../src/domain/flags/compile.ts';
import type { Evaluation, FlagContext } from '../../src/domain/flags/evaluation.ts';
import type { Flag, FlagDefinition } from '../../src/domain/flags/flag.ts';
import { parseFlagFile } from '../../src/domain/flags/flag-file.ts';
import { parseDefinition } from '../../src/domain/flags/parse.ts';

export const AT = Date.UTC(2026, 0, 10, 9);

/** @throws Error with the problems of a document that is not valid */
export function definition(document: object = {}): FlagDefinition {
  const parsed = parseDefinition({ id: 'realtime_intelligence', ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.definition;
}

/** A stored flag of that definition. */
export const flag = (document: object = {}, stored: Partial<Flag> = {}): Flag => ({
  ...definition(document),
  version: 1,
  archived: false,
  createdAt: AT,
  updatedAt: AT,
  ...stored,
});

export const evaluate = (one: Flag, context: FlagContext, stale = false): Evaluation =>
  evaluateFlag(
    compileFlag(one, () => AT),
    context,
    stale,
  );

/** One flag of a flagd file, asked. */
export function evaluateFlagd(file: object, key: string, context: FlagContext): Evaluation {
  const parsed = parseFlagFile(file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const found = parsed.definitions.find(({ id }) => id === key);
  if (!found) throw new Error(`the file has no flag ${key}`);
  return evaluate({ ...found, version: 1, archived: false, createdAt: AT, updatedAt: AT }, context);
}
