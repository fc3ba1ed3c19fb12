/** The door: a decoded record becomes a typed event, or the fault that keeps it out. Nothing inside checks again. */
import { type Check, type Refusal, timeWithin } from './check.ts';
import { type EventKind, type Fault, type FeatureEvent, featureOfKind } from './event.ts';
import { EARLIEST_MS, envelopeRules, payloadRules } from './fields.ts';

/** `now` in milliseconds since 1970; an event time may be up to `maxFutureMs` ahead of it. */
export type Limits = { now: number; maxFutureMs: number };
export type Parsed = { ok: true; event: FeatureEvent } | { ok: false; fault: Fault };

/** One thing wrong with one field: what was there and what would be right. */
export type Finding = Refusal & { field: string; value: string };

type RawRecord = Record<string, unknown>;

const upperCase = /[A-F]/;

const SHOWN_CHARACTERS = 120;

/** A value for people: JSON where there is such, cut off where it is long. */
export function shownValue(value: unknown): string {
  const whole = typeof value === 'number' || value === undefined ? String(value) : (JSON.stringify(value) ?? String(value));
  return whole.length <= SHOWN_CHARACTERS ? whole : `${whole.slice(0, SHOWN_CHARACTERS)}… (${whole.length} characters)`;
}

const finding = (field: string, value: unknown, refusal: Refusal): Finding => ({ field, value: shownValue(value), ...refusal });

const timeCheck = ({ now, maxFutureMs }: Limits): Check => timeWithin(EARLIEST_MS, now + maxFutureMs);

/** The fast answer for the many valid times; `timeCheck` words the refusal of the few others. */
const timely = (at: unknown, { now, maxFutureMs }: Limits): boolean =>
  typeof at === 'number' && at >= EARLIEST_MS && at <= now + maxFutureMs && Number.isInteger(at);

function wrongFeature(kind: EventKind, record: RawRecord): Finding | null {
  const only = featureOfKind[kind];
  if (only === undefined || record['featureId'] === only) return null;
  return finding('featureId', record['featureId'], { reason: 'unknown_feature', expected: `${only}, the only feature of ${kind}` });
}

function emptyPeriod(kind: EventKind, record: RawRecord): Finding | null {
  if (kind !== 'operating-costs') return null;
  const { chargePeriodStart: start, chargePeriodEnd: end } = record;
  if (typeof start !== 'number' || typeof end !== 'number' || end > start) return null;
  return finding('chargePeriodEnd', end, { reason: 'value_out_of_range', expected: `later than chargePeriodStart, ${start}` });
}

function* findings(kind: EventKind, record: RawRecord, limits: Limits): Generator<Finding> {
  for (const [field, check] of [...envelopeRules, ['occurredAt', timeCheck(limits)] as const, ...payloadRules[kind]]) {
    const refusal = check(record[field]);
    if (refusal) yield finding(field, record[field], refusal);
  }
  const across = wrongFeature(kind, record) ?? emptyPeriod(kind, record);
  if (across) yield across;
}

/** Everything wrong with a record, for answers to people. Empty when it is valid. */
export const findingsOf = (kind: EventKind, record: RawRecord, limits: Limits): Finding[] => [...findings(kind, record, limits)];

/** Whether what a record of this kind carries beside its envelope is valid. */
export function validPayload(kind: EventKind, record: RawRecord): boolean {
  for (const [field, check] of payloadRules[kind]) if (check(record[field]) !== null) return false;
  return emptyPeriod(kind, record) === null;
}

function valid(kind: EventKind, record: RawRecord, limits: Limits): boolean {
  for (const [field, check] of envelopeRules) if (check(record[field]) !== null) return false;
  return validPayload(kind, record) && timely(record['occurredAt'], limits) && wrongFeature(kind, record) === null;
}

function faultOf({ reason, field, value, expected }: Finding): Fault {
  return { reason, message: `${field} is ${value}, expected ${expected}`, field, value };
}

/**
 * Turns a decoded record into an event of its kind, or says what is wrong with its first bad field. Pure and quick: well over a
 * million a second. An event older than the raw retention is no fault here: the stage that stores sends it to the late topic.
 * @param record is taken over: it becomes the event, since a copy would cost as much as all checks. It has every field of the kind's schema (what Avro decoding yields), null where a nullable one is not set
 */
export function parseEvent(kind: EventKind, record: RawRecord, limits: Limits): Parsed {
  if (!valid(kind, record, limits)) {
    const [first] = findings(kind, record, limits);
    if (first) return { ok: false, fault: faultOf(first) };
  }
  const event = record as FeatureEvent;
  event.kind = kind;
  // One event id is one event, however its hexadecimal digits are written.
  if (upperCase.test(event.eventId)) event.eventId = event.eventId.toLowerCase();
  return { ok: true, event };
}
