/** The door: JSON becomes a flag, or everything that is wrong with it. Nothing inside checks again. */
import type { Problem } from '../errors.ts';
import { treatedWeight } from './arms.ts';
import type { Flag, FlagDefinition } from './flag.ts';
import { flagFields, type Say, sayInto } from './flag-fields.ts';
import { isPlainObject, jsonType } from './json.ts';
import { isPercentageStage } from './stage.ts';

export type ParsedDefinition = { ok: true; definition: FlagDefinition } | { ok: false; problems: Problem[] };
export type ParsedFlag = { ok: true; flag: Flag } | { ok: false; problems: Problem[] };

type Document = Readonly<Record<string, unknown>>;

/** What storing adds. Documents may carry it, so that what was exported can be imported; people do not decide it. */
const storedFields = ['version', 'archived', 'createdAt', 'updatedAt'] as const;

function readFields(document: Document, say: Say): FlagDefinition {
  const read = Object.entries(flagFields).map(([key, { read, fallback }]) => {
    const given = document[key];
    return [key, read(given === undefined ? fallback(document) : given, key, say)];
  });
  return Object.freeze(Object.fromEntries(read)) as FlagDefinition;
}

function strangers(document: Document, say: Say): void {
  const known = new Set<string>([...Object.keys(flagFields), ...storedFields]);
  for (const [key, value] of Object.entries(document))
    if (!known.has(key)) say(key, value, `no such field; there are ${Object.keys(flagFields).join(', ')}`);
}

function wrongVariants({ variants, defaultVariant, gaVariant }: FlagDefinition, say: Say): void {
  const names = variants.map(({ name }) => name);
  const type = variants[0] && jsonType(variants[0].value);
  variants.forEach(({ name, value }, i) => {
    if (names.indexOf(name) !== i) say(`variants[${i}].name`, name, 'a name that no other variant of the flag has');
    if (jsonType(value) !== type) say(`variants[${i}].value`, value, `a value of the same type as the first one's, ${type}`);
  });
  for (const [field, name] of Object.entries({ defaultVariant, gaVariant }))
    if (name !== null && !names.includes(name)) say(field, name, `one of the variants: ${names.join(', ')}`);
}

/** Weights such as 0.1 + 0.2 and 0.3 weigh the same. */
const ROUNDING = 1e-9;

/** At `beta_50` half of the units are treated; the control has to fit into the other half. */
function wrongWeights(definition: FlagDefinition, say: Say): void {
  const treated = treatedWeight(definition);
  if (treated === 0 && isPercentageStage(definition.stage))
    say('stage', definition.stage, 'disabled, internal or ga, since no variant besides the default one has a weight');
  if (treated > 0 && treated < 0.5 - ROUNDING)
    say('variants', 1 - treated, 'a default variant that weighs at most as much as the others together, to be their control up to beta_50');
}

/**
 * @param document as it came from JSON or YAML; what is left out gets its default
 * @returns the definition, or everything that is wrong with it
 */
export function parseDefinition(document: unknown): ParsedDefinition {
  const problems: Problem[] = [];
  const say = sayInto(problems);
  if (!isPlainObject(document)) {
    say('', document, 'an object');
    return { ok: false, problems };
  }
  strangers(document, say);
  const definition = readFields(document, say);
  if (problems.length === 0) wrongVariants(definition, say);
  if (problems.length === 0) wrongWeights(definition, say);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, definition };
}

const isTime = (value: unknown): value is string => typeof value === 'string' && Number.isFinite(Date.parse(value));

function readStored(document: Document, say: Say): Omit<Flag, keyof FlagDefinition> {
  const { version, archived, createdAt, updatedAt } = document;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) say('version', version, 'a whole number from 1');
  if (typeof archived !== 'boolean') say('archived', archived, 'true or false');
  for (const [field, value] of Object.entries({ createdAt, updatedAt })) if (!isTime(value)) say(field, value, 'an ISO 8601 time');
  return {
    version: version as number,
    archived: archived as boolean,
    createdAt: Date.parse(String(createdAt)),
    updatedAt: Date.parse(String(updatedAt)),
  };
}

/**
 * A flag as `flagDocument` wrote it. Fields that this version of the program does not know are left out, so that an older service
 * can read what a newer one has stored.
 */
export function parseStoredFlag(document: unknown): ParsedFlag {
  if (!isPlainObject(document)) return { ok: false, problems: [{ field: '', value: '', expected: 'an object' }] };
  const known = Object.fromEntries(Object.keys(flagFields).map((key) => [key, document[key]]));
  const parsed = parseDefinition(known);
  const problems: Problem[] = parsed.ok ? [] : parsed.problems;
  const stored = readStored(document, sayInto(problems));
  return parsed.ok && problems.length === 0
    ? { ok: true, flag: Object.freeze({ ...parsed.definition, ...stored }) }
    : { ok: false, problems };
}
