/** Changing single fields of a flag: `stage` to a value, a tenant into a list, a tenant out of it. */
import { ImpactError } from '../errors.ts';
import type { FlagDefinition } from './flag.ts';
import { flagFields } from './flag-fields.ts';
import { parseDefinition } from './parse.ts';

/** `to` sets the value; `add` and `remove` change a list by one entry or by several. */
export type Assignment = { readonly field: string; readonly how: 'to' | 'add' | 'remove'; readonly value: unknown };

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function assigned(present: unknown, { field, how, value }: Assignment): unknown {
  if (how === 'to') return value;
  if (!Array.isArray(present) || field === 'variants')
    throw new ImpactError('unprocessable', `${field} is no list of ids`, {
      problems: [{ field, value: String(value), expected: 'a field that is a list: tenantWhitelist, tenantBlacklist, userWhitelist' }],
    });
  const others = present.filter((one) => !listed(value).includes(one));
  return how === 'add' ? [...others, ...listed(value)] : others;
}

/** @throws ImpactError `unprocessable` with everything that is wrong with a document */
export function requireDefinition(document: unknown): FlagDefinition {
  const parsed = parseDefinition(document);
  if (!parsed.ok) throw new ImpactError('unprocessable', 'the flag is not valid', { problems: parsed.problems });
  return parsed.definition;
}

/**
 * The definition with some fields changed; the others stay as they are.
 * @throws ImpactError `unprocessable` with every fault; the id cannot be changed
 */
export function withAssignments(definition: FlagDefinition, assignments: readonly Assignment[]): FlagDefinition {
  const document: Record<string, unknown> = { ...definition };
  for (const assignment of assignments) document[assignment.field] = assigned(document[assignment.field], assignment);
  if (document['id'] !== definition.id)
    throw new ImpactError('unprocessable', 'a flag keeps its id', {
      problems: [{ field: 'id', value: String(document['id']), expected: definition.id }],
    });
  return requireDefinition(document);
}

/** A new flag of these fields. @throws ImpactError `unprocessable` with every fault */
export function definitionFrom(id: string, assignments: readonly Assignment[]): FlagDefinition {
  const document: Record<string, unknown> = { id };
  for (const assignment of assignments) document[assignment.field] = assigned(document[assignment.field] ?? [], assignment);
  return requireDefinition(document);
}

/** Fields of a partial document as assignments; null is a value like any other. */
export function assignmentsOf(document: Readonly<Record<string, unknown>>): Assignment[] {
  return Object.entries(document).map(([field, value]) => ({ field, how: 'to', value }));
}

export const fieldNames: readonly string[] = Object.keys(flagFields);
