/** flagd's flag files (flagd.dev, "flag definitions") as flags of ours. What they leave to chance and context stands in their targeting rules. */
import { isPlainObject } from './json.ts';

type Document = Readonly<Record<string, unknown>>;

/** A shared rule that is not there, or one that contains itself. */
export type BadReference = { readonly name: string; readonly reason: 'unknown' | 'circular' };

/** Puts shared rules where `{"$ref": name}` stands. They may refer to each other. */
function resolved(rule: unknown, shared: Document, bad: BadReference[], within: readonly string[] = []): unknown {
  if (Array.isArray(rule)) return rule.map((item) => resolved(item, shared, bad, within));
  if (!isPlainObject(rule)) return rule;
  const name = rule['$ref'];
  if (typeof name !== 'string')
    return Object.fromEntries(Object.entries(rule).map(([key, item]) => [key, resolved(item, shared, bad, within)]));
  const reason = Object.hasOwn(shared, name) ? (within.includes(name) ? 'circular' : null) : 'unknown';
  if (reason === null) return resolved(shared[name], shared, bad, [...within, name]);
  bad.push({ name, reason });
  return null;
}

const variantsOf = (variants: unknown): unknown =>
  isPlainObject(variants) ? Object.entries(variants).map(([name, value]) => ({ name, value })) : variants;

/** flagd reads "" and a missing name as "none": the caller's own default is taken then. */
const defaultVariantOf = (name: unknown): unknown => (name === undefined || name === '' ? null : name);

const stages: Document = { ENABLED: 'ga', DISABLED: 'disabled' };

/** Whether the flag says what is made a stage of. */
export const hasState = ({ state }: Document): boolean => typeof state === 'string' && Object.hasOwn(stages, state);

/** Whether a document is a flag file of flagd: its flags are an object by key, where ours are a list. */
export const isFlagd = (document: unknown): document is Document => isPlainObject(document) && isPlainObject(document['flags']);

/**
 * One flag of flagd as a document for `parseDefinition`: enabled is `ga`, whose variant is the default one unless targeting names another.
 * @param document the whole file, for what its flags share
 * @param bad gets the references that lead nowhere
 */
export function flagOfFlagd(key: string, flag: Document, document: Document, bad: BadReference[]): Document {
  const shared = isPlainObject(document['$evaluators']) ? document['$evaluators'] : {};
  const defaultVariant = defaultVariantOf(flag['defaultVariant']);
  return {
    id: key,
    stage: hasState(flag) ? stages[String(flag['state'])] : 'disabled',
    variants: variantsOf(flag['variants']),
    defaultVariant,
    gaVariant: defaultVariant,
    targeting: resolved(flag['targeting'] ?? null, shared, bad),
    metadata: { ...(document['metadata'] as object), ...(flag['metadata'] as object) },
  };
}
