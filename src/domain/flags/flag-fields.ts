/** How each field of a flag is read at the door: what it must be, what it is when left out. */
import { type Check, id, name, numberWithin, oneOf, orNull, prose } from '../check.ts';
import type { Problem } from '../errors.ts';
import { rolloutStages } from '../fields.ts';
import { shownValue } from '../validate.ts';
import type { FlagDefinition, Variant } from './flag.ts';
import { units } from './flag.ts';
import { frozen, isJson, isPlainObject, type Json, type JsonObject } from './json.ts';
import { operatorNames, ruleFaults } from './targeting.ts';

/** Notes what is wrong with the value at a place. */
export type Say = (field: string, value: unknown, expected: string) => void;

/** Reads one field; what it answers counts only if nothing was said. */
export type Reader<T> = (value: unknown, field: string, say: Say) => T;

/** Collects problems in the form in which every door answers them. */
export const sayInto =
  (problems: Problem[]): Say =>
  (field, value, expected) =>
    void problems.push({ field, value: value === undefined ? '' : shownValue(value), expected });

const MAX_LISTED = 10_000;
const MAX_VARIANTS = 50;
const MAX_VALUE_CHARACTERS = 65_536;
const MAX_METADATA = 64;

const checked =
  <T>(check: Check): Reader<T> =>
  (value, field, say) => {
    const refusal = check(value);
    if (refusal) say(field, value, refusal.expected);
    return value as T;
  };

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const flagId: Reader<string> = (value, field, say) => {
  if (typeof value !== 'string' || !idPattern.test(value))
    say(field, value, 'letters, digits, ".", "_" and "-", at most 128, a letter or digit first');
  return value as string;
};

/** Tenants or users: each once, in the order given. */
const ids: Reader<readonly string[]> = (value, field, say) => {
  const wrong = Array.isArray(value) && value.length <= MAX_LISTED ? value.findIndex((one) => id(one) !== null) : 0;
  if (!Array.isArray(value) || value.length > MAX_LISTED) say(field, value, `a list of at most ${MAX_LISTED} ids, for example ["acme"]`);
  else if (wrong >= 0) say(`${field}[${wrong}]`, value[wrong], id(value[wrong])?.expected ?? '');
  else return frozen([...new Set(value as string[])]);
  return [];
};

const tooLong = (value: Json): boolean => JSON.stringify(value).length > MAX_VALUE_CHARACTERS;

const json: Reader<Json> = (value, field, say) => {
  if (!isJson(value) || tooLong(value))
    say(field, value, `JSON of at most ${MAX_VALUE_CHARACTERS} characters, 32 levels deep, in whole Unicode`);
  else return frozen(structuredClone(value));
  return null;
};

const weight = checked<number>(numberWithin(0, 1_000_000));

const variant: Reader<Variant> = (value, field, say) => {
  const given = isPlainObject(value) ? value : {};
  if (!isPlainObject(value)) say(field, value, 'a variant, for example {"name":"treatment","value":true,"weight":1}');
  for (const key of Object.keys(given))
    if (!['name', 'value', 'weight'].includes(key))
      say(`${field}.${key}`, given[key], 'no such field; a variant has name, value and weight');
  return Object.freeze({
    name: checked<string>(id)(given['name'], `${field}.name`, say),
    value: json(given['value'], `${field}.value`, say),
    weight: weight(given['weight'] ?? 1, `${field}.weight`, say),
  });
};

const variants: Reader<readonly Variant[]> = (value, field, say) => {
  if (Array.isArray(value) && value.length > 0 && value.length <= MAX_VARIANTS)
    return Object.freeze(value.map((one, i) => variant(one, `${field}[${i}]`, say)));
  say(field, value, `a list of 1 to ${MAX_VARIANTS} variants`);
  return [];
};

const rule: Reader<JsonObject | null> = (value, field, say) => {
  if (value === null) return null;
  if (!isPlainObject(value)) say(field, value, 'a JSONLogic rule, which is an object, or null');
  const faults = isPlainObject(value) ? ruleFaults(value, field) : [];
  for (const { at, operator } of faults) say(at, operator, `one operator of ${operatorNames.join(', ')}`);
  const read = json(value, field, say) as JsonObject;
  return read !== null && Object.keys(read).length === 0 ? null : read;
};

const metadata: Reader<FlagDefinition['metadata']> = (value, field, say) => {
  const entries = isPlainObject(value) ? Object.entries(value) : [];
  if (!isPlainObject(value) || entries.length > MAX_METADATA) say(field, value, `an object of at most ${MAX_METADATA} entries`);
  for (const [key, one] of entries)
    if (!['string', 'number', 'boolean'].includes(typeof one) || !isJson(one)) say(`${field}.${key}`, one, 'text, a number, true or false');
  return Object.freeze({ ...(value as FlagDefinition['metadata']) });
};

const percent = checked<number>(numberWithin(0, 100));
const variantName = checked<string | null>(orNull(id));

const onAndOff = [
  { name: 'control', value: false },
  { name: 'treatment', value: true },
];

/** "new-welcome.banner" -> "new_welcome_banner": the feature that events of this flag name. */
export function featureIdOf(flag: string): string {
  const plain = flag
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 62);
  return /^[a-z]/.test(plain) ? plain : `f_${plain}`;
}

type Given = Readonly<Record<string, unknown>>;
type Field<T> = { read: Reader<T>; fallback: (given: Given) => unknown };
const field = <T>(read: Reader<T>, fallback: unknown): Field<T> => ({ read, fallback: () => fallback });

const namesIn = (given: Given): unknown[] => {
  const list = Array.isArray(given['variants']) ? given['variants'] : onAndOff;
  return list.map((one: unknown) => (isPlainObject(one) ? one['name'] : undefined));
};
const defaultOf = (given: Given): unknown => (given['defaultVariant'] === undefined ? namesIn(given)[0] : given['defaultVariant']);

/** Every field that people decide. What has no fallback must be given. */
export const flagFields: { [K in keyof FlagDefinition]: Field<FlagDefinition[K]> } = {
  id: field(flagId, undefined),
  name: { read: checked<string>(prose), fallback: ({ id }) => id },
  description: field(checked<string>(prose), ''),
  owner: field(checked<string>(prose), ''),
  featureId: { read: checked<string>(name), fallback: ({ id }) => featureIdOf(String(id)) },
  stage: field(checked<FlagDefinition['stage']>(oneOf(rolloutStages)), 'disabled'),
  roiTargetUsd: field(checked<number | null>(orNull(numberWithin(0, 1e12))), null),
  errorRateThresholdPercent: field(percent, 5),
  latencyThresholdMs: field(checked<number>(numberWithin(0, 1e9)), 500),
  metricDropThresholdPercent: field(percent, 10),
  tenantWhitelist: field(ids, []),
  tenantBlacklist: field(ids, []),
  userWhitelist: field(ids, []),
  variants: field(variants, onAndOff),
  defaultVariant: { read: variantName, fallback: defaultOf },
  gaVariant: { read: variantName, fallback: (given) => namesIn(given).find((one) => one !== defaultOf(given)) ?? defaultOf(given) },
  unit: field(checked<FlagDefinition['unit']>(oneOf(units)), 'user'),
  seed: { read: checked<string>(id), fallback: ({ id }) => id },
  targeting: field(rule, null),
  metadata: field(metadata, {}),
};
