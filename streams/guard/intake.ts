/** What the events of one partition say about rollouts: which records concern one, which events count, and their sums by flag. */
import { entry } from '../../src/domain/entry.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../../src/domain/event.ts';
import { addEvent, type GuardedFlag, newSums, type SumsInProgress, unitIdOf } from '../../src/domain/guard/sums.ts';
import { isKnown, remember, type SeenIds } from '../../src/domain/seen-ids.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { parseEvent } from '../../src/domain/validate.ts';
import type { Decoder } from '../../src/runtime/codec.ts';
import type { TaskRecord } from '../../src/runtime/stateful.ts';
import type { FlagBook } from './flags.ts';

export type IntakeDeps = {
  book: Pick<FlagBook, 'ofFeature'>;
  maxFutureMs: number;
  decoders: Record<EventKind, Decoder>;
  /** The clock, milliseconds since 1970. */
  now: () => number;
};

/** `seen`: events that were counted. `drawn`: units of flags with a targeting rule whose exposure said that chance decided. */
export type Ledgers = { seen: SeenIds; drawn: SeenIds };

const kindOfTopic = new Map(eventKinds.map((kind) => [eventTopics[kind], kind]));

export const kindOf = (topic: string): EventKind => kindOfTopic.get(topic) as EventKind;

/** The feature in an event's key, `tenant|feature`; null when the key does not say. */
function featureOfKey(key: Buffer | null): string | null {
  const text = key?.toString() ?? '';
  const at = text.lastIndexOf('|');
  return at < 0 ? null : text.slice(at + 1);
}

/** Most events are of features that nobody rolls out at the moment: they are not even decoded. */
export function concernsRollout({ key }: TaskRecord, book: IntakeDeps['book']): boolean {
  const feature = featureOfKey(key);
  return feature === null || book.ofFeature(feature).length > 0;
}

export type Outcome = 'counted' | 'outside' | 'duplicate' | 'not_guarded' | 'correction' | 'invalid';

/** @returns a function that takes a prepared record of an event topic, adds what it says to the sums by flag, and tells what became of it */
export function createIntake({ book, maxFutureMs, decoders, now }: IntakeDeps, { seen, drawn }: Ledgers) {
  function eventIn({ topic, value, timestamp }: TaskRecord): FeatureEvent | null {
    const kind = kindOf(topic);
    const decoded = decoders[kind].decode(value);
    if (!decoded.ok) return null;
    const parsed = parseEvent(kind, decoded.record, { now: Math.min(timestamp, now()), maxFutureMs });
    return parsed.ok ? parsed.event : null;
  }

  /**
   * A rule may ask for what events do not carry, and what it decides is not chance: of such a flag those units count that an exposure has
   * told to be drawn. Exposures have the key of their outcomes, so both come to this task.
   */
  function admits({ flag }: GuardedFlag, event: FeatureEvent): boolean {
    if (flag.targeting === null) return true;
    const unit = `${flag.id}|${event.tenantId}|${unitIdOf(flag, event)}`;
    if (event.kind !== 'flag-exposures') return isKnown(drawn, unit);
    if (event.reason === 'percentage' && !isKnown(drawn, unit)) remember(drawn, unit);
    return event.reason === 'percentage';
  }

  return (record: TaskRecord, sums: Map<string, SumsInProgress>): Outcome => {
    const event = eventIn(record);
    if (event === null) return 'invalid';
    // What a correction or a retraction says comes too late for a test that has looked at the first statement.
    if (event.revision > 0 || event.retracted) return 'correction';
    const guarded = book.ofFeature(event.featureId);
    if (guarded.length === 0) return 'not_guarded';
    const id = `${event.tenantId}|${event.eventId}`;
    if (isKnown(seen, id)) return 'duplicate';
    const counted = guarded.filter(
      (one) =>
        admits(one, event) &&
        addEvent(
          entry(sums, one.flag.id, () => newSums(one)),
          event,
        ),
    );
    if (counted.length === 0) return 'outside';
    remember(seen, id);
    return 'counted';
  };
}
