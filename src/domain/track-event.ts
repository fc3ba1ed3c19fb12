/** From what somebody tracks to a valid event, and to the answer about it. */
import { ImpactError, type Problem } from './errors.ts';
import type { EventKind, FeatureEvent } from './event.ts';
import { stateEvent } from './statement.ts';
import type { Track } from './track.ts';
import { type Worth, worthOf } from './track-worth.ts';
import { type Limits, shownValue } from './validate.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is taken where the statement leaves it out. */
export type TrackBase = { eventId: string; source: string; occurredAt: number };

/** What the sender is told of an event that Kafka has. */
export type TrackAnswer = {
  eventId: string;
  kind: EventKind;
  tenantId: string;
  featureId: string;
  /** RFC 3339. */
  occurredAt: string;
  worth: Worth;
};

function strangers({ fields }: Track, given: Fields): Problem[] {
  const known = fields.map(({ field }) => field);
  return Object.keys(given)
    .filter((field) => !known.includes(field))
    .map((field) => ({ field, value: shownValue(given[field]), expected: `one of the fields ${known.join(', ')}` }));
}

/** An event is known by its id and its minute, so an id alone would not make a repetition count once. */
function timelessId(given: Fields): Problem[] {
  if (given['eventId'] === undefined || given['occurredAt'] !== undefined) return [];
  return [{ field: 'occurredAt', value: 'left out', expected: 'the time of the event beside its eventId, the same in every repetition' }];
}

/**
 * The event that is stated.
 * @param given fields of the event by their names in it; times in milliseconds; what is undefined counts as left out
 * @throws ImpactError `unprocessable` with everything wrong with it
 */
export function trackedEvent(track: Track, given: Fields, base: TrackBase, limits: Limits): FeatureEvent {
  const foreign = strangers(track, given);
  const known = Object.fromEntries(Object.entries(given).filter(([field]) => !foreign.some((one) => one.field === field)));
  const stated = stateEvent(track.kind, known, base, limits);
  const problems = [...foreign, ...timelessId(given), ...(stated.ok ? [] : stated.error.problems)];
  if (stated.ok && problems.length === 0) return stated.event as unknown as FeatureEvent;
  throw new ImpactError('unprocessable', `this is no valid ${track.name}; nothing was sent`, { problems });
}

export const trackAnswer = (event: FeatureEvent): TrackAnswer => ({
  eventId: event.eventId,
  kind: event.kind,
  tenantId: event.tenantId,
  featureId: event.featureId,
  occurredAt: new Date(event.occurredAt).toISOString(),
  worth: worthOf(event),
});
