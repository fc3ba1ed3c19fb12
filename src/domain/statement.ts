/** From a tracker's arguments to a valid event, or to an error that names every field at fault. */
import { completeRecord, fieldNames, unknownFields } from './complete.ts';
import { ImpactError, type Problem } from './errors.ts';
import type { EventKind, EventOf, FeatureEvent } from './event.ts';
import { findingsOf, type Limits, parseEvent, shownValue } from './validate.ts';

type Fields = Readonly<Record<string, unknown>>;
export type Stated<K extends EventKind> = { ok: true; event: EventOf<K> } | { ok: false; error: ImpactError };

const identityFields = ['eventId', 'tenantId', 'featureId'] as const;
const MINUTE_MS = 60_000;

const withNumberTime = (given: Fields): Fields =>
  given['occurredAt'] instanceof Date ? { ...given, occurredAt: given['occurredAt'].getTime() } : given;

function refused(kind: EventKind, problems: Problem[]): ImpactError {
  const listed = problems.map(({ field, value, expected }) => `${field} is ${value}, expected ${expected}`).join('; ');
  return new ImpactError('bad_request', `${kind}: ${listed}`, { problems });
}

function strangers(kind: EventKind, given: Fields): Problem[] {
  const expected = () => `one of the fields ${fieldNames(kind).join(', ')}`;
  return unknownFields(kind, given).map((field) => ({ field, value: shownValue(given[field]), expected: expected() }));
}

/**
 * @param given a tracker's arguments, whatever a caller without types may have passed
 * @param base what is taken where `given` leaves something out
 */
export function stateEvent<K extends EventKind>(kind: K, given: unknown, base: Fields, limits: Limits): Stated<K> {
  const what = withNumberTime(typeof given === 'object' && given !== null ? (given as Fields) : {});
  const unknown = strangers(kind, what);
  if (unknown.length === 0) {
    const parsed = parseEvent(kind, completeRecord(kind, what, base), limits);
    if (parsed.ok) return { ok: true, event: parsed.event as unknown as EventOf<K> };
  }
  const findings = findingsOf(kind, completeRecord(kind, what, base), limits);
  const problems = findings.map(({ field, value, expected }) => ({ field, value, expected }));
  return { ok: false, error: refused(kind, [...unknown, ...problems]) };
}

/** What a correction would change although an event is known by it. */
function identityChanges(event: FeatureEvent, changes: Fields): string[] {
  const changed = identityFields.filter((field) => changes[field] !== undefined && changes[field] !== event[field]);
  const at = Number(changes['occurredAt'] ?? event.occurredAt);
  const moved = Math.floor(at / MINUTE_MS) !== Math.floor(event.occurredAt / MINUTE_MS);
  return moved ? [...changed, 'occurredAt'] : changed;
}

/** The next revision of an event. Its id, tenant, feature and minute stay. */
export function restateEvent<K extends EventKind>(event: Readonly<EventOf<K>>, changes: object, limits: Limits): Stated<K> {
  const before = event as unknown as FeatureEvent;
  const after = withNumberTime(changes as Fields);
  const problems = identityChanges(before, after).map((field) => ({
    field,
    value: shownValue(after[field]),
    expected: `${before[field as keyof FeatureEvent]}, as before: to change it, retract this event and state another under a new id`,
  }));
  if (problems.length > 0) return { ok: false, error: refused(before.kind, problems) };
  return stateEvent<K>(event.kind, { ...before, ...after, revision: before.revision + 1 }, {}, limits);
}
