/** What a sender may leave out, and what it then is. Bytes from Kafka are complete already: the Avro schema's defaults are the same. */
import { type EventKind, eventKinds, featureOfKind, PLATFORM } from './event.ts';
import { envelopeRules, type FieldRules, payloadRules } from './fields.ts';

type Fields = Readonly<Record<string, unknown>>;

const envelopeDefaults = { revision: 0, retracted: false, userId: null, entityId: null, variant: null };

/** Nullable fields default to null, as in the schemas. */
const nullable = (rules: FieldRules): Fields =>
  Object.fromEntries(rules.filter(([, check]) => check(null) === null).map(([f]) => [f, null]));

/** A kind with one feature need not name it; shared telemetry and costs belong to the platform. */
const featureDefault = (kind: EventKind): Fields => {
  const shared = kind === 'request-telemetry' || kind === 'operating-costs' ? PLATFORM : undefined;
  const featureId = featureOfKind[kind] ?? shared;
  return featureId === undefined ? {} : { featureId };
};

const defaults = Object.fromEntries(
  eventKinds.map((kind) => {
    const own = kind === 'custom-metrics' ? { attributes: {} } : {};
    return [kind, { ...envelopeDefaults, ...featureDefault(kind), ...nullable(payloadRules[kind]), ...own }];
  }),
) as unknown as Record<EventKind, Fields>;

const knownFields = Object.fromEntries(
  eventKinds.map((kind) => [kind, new Set(['kind', 'occurredAt', ...[...envelopeRules, ...payloadRules[kind]].map(([field]) => field)])]),
) as unknown as Record<EventKind, ReadonlySet<string>>;

/** Names that no field of this kind has: a slip of the pen, which would otherwise lose a value silently. */
export const unknownFields = (kind: EventKind, given: Fields): string[] =>
  Object.keys(given).filter((field) => !knownFields[kind].has(field));

/** The names of a kind's fields, for messages. */
export const fieldNames = (kind: EventKind): string[] => [...knownFields[kind]].filter((field) => field !== 'kind');

/**
 * A fresh record with every field that can be left out filled in; what is undefined counts as left out.
 * @param base further defaults, for example the sender's name and the present time
 */
export function completeRecord(kind: EventKind, given: Fields, base: Fields = {}): Record<string, unknown> {
  const record: Record<string, unknown> = { ...defaults[kind], ...base };
  for (const field of Object.keys(given)) if (given[field] !== undefined) record[field] = given[field];
  return record;
}
