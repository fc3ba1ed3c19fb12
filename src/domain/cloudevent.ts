/**
 * Events as CloudEvents 1.0 JSON and back. The envelope is in the attributes (names in lower case, as the specification wants),
 * the payload in `data` under the same names as in the Avro schemas.
 */
import { completeRecord } from './complete.ts';
import type { Problem } from './errors.ts';
import { type EventKind, eventKinds, type FeatureEvent } from './event.ts';
import { payloadRules } from './fields.ts';
import { shownValue } from './validate.ts';

const TYPE_PREFIX = 'io.impactstream.';

export type CloudEvent = Readonly<Record<string, unknown>>;
type Fields = Record<string, unknown>;

/** Attribute of each envelope field. */
const attributeOfField: Record<string, string> = {
  eventId: 'id',
  source: 'source',
  occurredAt: 'time',
  entityId: 'subject',
  tenantId: 'tenantid',
  featureId: 'featureid',
  variant: 'variant',
  userId: 'userid',
  revision: 'revision',
  retracted: 'retracted',
};
const fieldAttributes = Object.entries(attributeOfField);

/** Payload fields that are times: milliseconds in Avro, RFC 3339 text in JSON. */
const timeFields = new Set(['chargePeriodStart', 'chargePeriodEnd']);

/** Where a sender of CloudEvents finds the field: "tenantid", or "data.satisfactionScore". */
export const placeOf = (field: string): string => attributeOfField[field] ?? `data.${field}`;

const timePattern = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const timeExpected = 'an RFC 3339 time with its zone, for example 2026-01-11T09:30:00Z';

/** Milliseconds of an RFC 3339 text; what is no such text goes to `problems`. */
export function millisecondsOf(place: string, value: unknown, problems: Problem[]): unknown {
  if (value === undefined || value === null) return value;
  const at = typeof value === 'string' && timePattern.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) problems.push({ field: place, value: shownValue(value), expected: timeExpected });
  // A valid time in place of the bad one, so that the same field is not reported twice.
  return Number.isNaN(at) ? Date.UTC(2026, 0, 1) : at;
}

function kindOf(cloudEvent: CloudEvent, problems: Problem[]): EventKind | undefined {
  const type = cloudEvent['type'];
  const kind = eventKinds.find((one) => type === TYPE_PREFIX + one);
  if (!kind)
    problems.push({ field: 'type', value: shownValue(type), expected: `one of ${eventKinds.map((one) => TYPE_PREFIX + one).join(', ')}` });
  return kind;
}

function payloadOf(kind: EventKind, data: unknown, problems: Problem[]): Fields {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    problems.push({ field: 'data', value: shownValue(data), expected: `an object with the fields of ${kind}` });
    return {};
  }
  const known = payloadRules[kind].map(([field]) => field);
  for (const [field, value] of Object.entries(data)) {
    if (!known.includes(field))
      problems.push({ field: `data.${field}`, value: shownValue(value), expected: `one of the fields ${known.join(', ')}` });
  }
  return Object.fromEntries(
    known.map((field) => {
      const value = (data as Fields)[field];
      return [field, timeFields.has(field) ? millisecondsOf(`data.${field}`, value, problems) : value];
    }),
  );
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** CloudEvents asks only that source and id together are unique, so an id that is no UUID becomes one of the two. */
function eventIdOf({ id, source }: CloudEvent, uuidOf: (source: string, id: string) => string): unknown {
  const usable = typeof id === 'string' && id !== '' && id.length <= 1024 && typeof source === 'string';
  return usable && !uuidPattern.test(id) ? uuidOf(source, id) : id;
}

export type Translated = { kind: EventKind | undefined; record: Fields; problems: Problem[] };

/**
 * The record that a CloudEvent states; not yet validated, but complete. Attributes that are not ours (traceparent, say) are ignored.
 * @param uuidOf a UUID that is always the same for the same source and id
 */
export function recordOfCloudEvent(cloudEvent: CloudEvent, uuidOf: (source: string, id: string) => string): Translated {
  const problems: Problem[] = [];
  if (cloudEvent['specversion'] !== '1.0')
    problems.push({ field: 'specversion', value: shownValue(cloudEvent['specversion']), expected: '"1.0"' });
  const kind = kindOf(cloudEvent, problems);
  if (!kind) return { kind, record: {}, problems };
  const attributes = Object.fromEntries(fieldAttributes.map(([field, attribute]) => [field, cloudEvent[attribute]]));
  const occurredAt = cloudEvent['time'] ?? null;
  const envelope = { ...attributes, eventId: eventIdOf(cloudEvent, uuidOf), occurredAt: millisecondsOf('time', occurredAt, problems) };
  return { kind, record: completeRecord(kind, { ...envelope, ...payloadOf(kind, cloudEvent['data'], problems) }), problems };
}

const timeText = (at: number): string => new Date(at).toISOString();
const isSet = ([, value]: [string, unknown]): boolean => value !== null && value !== undefined;

/** The CloudEvent that states an event; nulls are left out. */
export function cloudEventOf(event: FeatureEvent): CloudEvent {
  const record: Fields = { ...event, occurredAt: timeText(event.occurredAt) };
  const attributes = fieldAttributes.map(([field, attribute]): [string, unknown] => [attribute, record[field]]).filter(isSet);
  const data = payloadRules[event.kind]
    .map(([field]): [string, unknown] => [field, record[field]])
    .filter(isSet)
    .map(([field, value]) => [field, timeFields.has(field) ? timeText(value as number) : value]);
  return {
    specversion: '1.0',
    type: TYPE_PREFIX + event.kind,
    datacontenttype: 'application/json',
    ...Object.fromEntries(attributes),
    data: Object.fromEntries(data),
  };
}
