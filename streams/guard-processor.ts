/**
 * The guard stage's processor of one partition number, which does two things. From the event topics it takes what its events say about each
 * rollout, and tells it as sums keyed by flag. From the topic of sums it takes what all partitions say about the flags whose key falls here,
 * and judges them.
 */

import { entry } from '../src/domain/entry.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../src/domain/event.ts';
import { openedAlert, resolvedAlert } from '../src/domain/guard-rollback.ts';
import { decideRun, followFlag, type GuardRun, newRun, takeSums } from '../src/domain/guard-run.ts';
import {
  addEvent,
  type GuardedFlag,
  type GuardSums,
  newSums,
  type SumsInProgress,
  sumsRecord,
  unitIdOf,
} from '../src/domain/guard-sums.ts';
import { isKnown, noIds, remember, restoreChunk, type SeenIds, takeChunks } from '../src/domain/seen-ids.ts';
import { eventTopics, topics } from '../src/domain/topics.ts';
import { parseEvent } from '../src/domain/validate.ts';
import type { Decoder, Encoder } from '../src/runtime/codec.ts';
import type { Metrics } from '../src/runtime/metrics.ts';
import type { Processor, TaskOutput, TaskRecord, Work } from '../src/runtime/stateful.ts';
import type { Applier } from './guard-apply.ts';
import type { FlagBook } from './guard-flags.ts';

export type GuardProcessorDeps = {
  book: FlagBook;
  applier: Pick<Applier, 'settle'>;
  maxFutureMs: number;
  decoders: Record<EventKind, Decoder>;
  sumsDecoder: Decoder;
  encode: { sums: Encoder; rollback: Encoder; alert: Encoder };
  metrics: Metrics;
  /** The clock, milliseconds since 1970. */
  now: () => number;
};

/** Ids of a partition's last counted events: some minutes of it at a thousand events a second would be more than a changelog should hold. */
const REMEMBERED_IDS = 20_000;
/** Units of flags with a targeting rule whose exposure said that chance decided. */
const REMEMBERED_UNITS = 50_000;

const kindOfTopic = new Map(eventKinds.map((kind) => [eventTopics[kind], kind]));

/** The feature in an event's key, `tenant|feature`; null when the key does not say. */
function featureOfKey(key: Buffer | null): string | null {
  const text = key?.toString() ?? '';
  const at = text.lastIndexOf('|');
  return at < 0 ? null : text.slice(at + 1);
}

type Kept = { runs: Map<string, GuardRun>; seen: SeenIds; drawn: SeenIds };

/** State: `run|flag`, `seen|number` and `drawn|number`. */
function restored(entries: ReadonlyMap<string, string>): Kept {
  const kept: Kept = { runs: new Map(), seen: noIds(REMEMBERED_IDS), drawn: noIds(REMEMBERED_UNITS) };
  for (const [key, text] of entries) {
    const at = key.indexOf('|');
    const [kind, rest] = [key.slice(0, at), key.slice(at + 1)];
    if (kind === 'run') kept.runs.set(rest, JSON.parse(text) as GuardRun);
    else restoreChunk(kind === 'seen' ? kept.seen : kept.drawn, Number(rest), JSON.parse(text) as string[]);
  }
  return kept;
}

export function createGuardProcessor(partition: number, entries: ReadonlyMap<string, string>, deps: GuardProcessorDeps): Processor {
  const { book, applier, decoders, sumsDecoder, encode, metrics, now } = deps;
  const { runs, seen, drawn } = restored(entries);
  const touched = new Set<string>();
  let edition: string | null = null;
  let chosen = new Set<TaskRecord>();

  /** Most events are of features that nobody rolls out at the moment: they are not even decoded. */
  function concerns({ topic, key }: TaskRecord): boolean {
    const feature = featureOfKey(key);
    return topic === topics.guardSums || feature === null || book.ofFeature(feature).length > 0;
  }

  function keep(run: GuardRun): void {
    if (runs.get(run.flagId) === run) return;
    runs.set(run.flagId, run);
    touched.add(run.flagId);
  }

  function follow(run: GuardRun): TaskOutput[] {
    const { run: next, resolved } = followFlag(run, book.find(run.flagId));
    if (next !== null) keep(next);
    else {
      runs.delete(run.flagId);
      touched.add(run.flagId);
    }
    if (resolved === null) return [];
    const alert = resolvedAlert(resolved.record, resolved.rail, now());
    return [{ topic: topics.alerts, key: alert.fingerprint, value: encode.alert(alert) }];
  }

  function followAll(): TaskOutput[] {
    const current = book.edition();
    if (current === null || current === edition) return [];
    edition = current;
    return [...runs.values()].flatMap(follow);
  }

  function eventIn({ topic, value, timestamp }: TaskRecord): FeatureEvent | null {
    const kind = kindOfTopic.get(topic) as EventKind;
    const decoded = decoders[kind].decode(value);
    if (!decoded.ok) return null;
    const parsed = parseEvent(kind, decoded.record, { now: Math.min(timestamp, now()), maxFutureMs: deps.maxFutureMs });
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

  function takeEvent(record: TaskRecord, sums: Map<string, SumsInProgress>): string {
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
  }

  function takeSumsRecord({ value }: TaskRecord): void {
    const decoded = sumsDecoder.decode(value);
    if (!decoded.ok) return;
    const record = decoded.record as GuardSums;
    const guarded = book.guarded(record.flagId);
    if (guarded === null) return;
    keep(takeSums(runs.get(record.flagId) ?? newRun(guarded.flag), guarded.plan, record));
  }

  function judge(flagId: string): TaskOutput[] {
    const [run, guarded] = [runs.get(flagId), book.guarded(flagId)];
    if (run === undefined || guarded === null) return [];
    const decided = decideRun(run, guarded.flag, guarded.plan, now());
    keep(decided);
    if (run.rollback !== null || decided.rollback === null) return [];
    const { record, rail } = decided.rollback;
    metrics.count('impact_guard_rollbacks_total', { flag: flagId, reason: record.reason, test: record.test });
    const alert = openedAlert(record, rail);
    return [
      { topic: topics.rollbacks, key: flagId, value: encode.rollback(record) },
      { topic: topics.alerts, key: alert.fingerprint, value: encode.alert(alert) },
    ];
  }

  /** Everything that has changed since the last time. */
  function takeState(): Map<string, string | null> {
    const state = new Map<string, string | null>();
    for (const flagId of touched) state.set(`run|${flagId}`, runs.has(flagId) ? JSON.stringify(runs.get(flagId)) : null);
    touched.clear();
    for (const [kind, ledger] of Object.entries({ seen, drawn }))
      for (const [number, ids] of takeChunks(ledger)) state.set(`${kind}|${number}`, ids && JSON.stringify(ids));
    metrics.set('impact_guard_runs', runs.size, { partition: String(partition) });
    return state;
  }

  function sumsOutputs(sums: ReadonlyMap<string, SumsInProgress>): TaskOutput[] {
    return [...sums.values()].flatMap((one) => {
      const record = sumsRecord(one);
      return record === null ? [] : [{ topic: topics.guardSums, key: record.flagId, value: encode.sums(record) }];
    });
  }

  /** The flag may have been changed again before we hear that the rollback is settled. */
  function settle(run: GuardRun): TaskOutput[] {
    if (run.rollback === null || run.settledAt !== null) return [];
    const settled = applier.settle(run.rollback.record);
    if (settled === null) return [];
    const done = { ...run, settledAt: settled.version };
    keep(done);
    return follow(done);
  }

  return {
    async prepare(records) {
      // Without any copy of the flags nobody could say which events count: wait.
      if (book.edition() === null) throw new Error('the flags have not arrived yet');
      chosen = new Set(records.filter(concerns));
      for (const [topic, group] of Map.groupBy(chosen, (record) => record.topic)) {
        const decoder = topic === topics.guardSums ? sumsDecoder : decoders[kindOfTopic.get(topic) as EventKind];
        await decoder.prepare(group.map(({ value }) => value));
      }
    },
    process(records): Work {
      const followed = followAll();
      const sums = new Map<string, SumsInProgress>();
      const outcomes = new Map<string, number>();
      for (const record of records) {
        if (!chosen.has(record)) outcomes.set('not_guarded', (outcomes.get('not_guarded') ?? 0) + 1);
        else if (record.topic === topics.guardSums) takeSumsRecord(record);
        else {
          const outcome = takeEvent(record, sums);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      }
      for (const [outcome, n] of outcomes) metrics.count('impact_guard_events_total', { outcome }, n);
      const decided = [...touched].flatMap(judge);
      return { outputs: [...followed, ...sumsOutputs(sums), ...decided], state: takeState() };
    },
    tick(): Work {
      const followed = followAll();
      const settled = [...runs.values()].flatMap(settle);
      return { outputs: [...followed, ...settled], state: takeState() };
    },
  };
}
