/**
 * The guard stage's processor of one partition number, which does two things. From the event topics it takes what its events say about each
 * rollout, and tells it as sums keyed by flag. From the topic of sums it takes what all partitions say about the flags whose key falls here,
 * and judges them.
 */

import { openedAlert, resolvedAlert } from '../../src/domain/guard/rollback.ts';
import { decideRun, followFlag, type GuardRun, newRun, takeSums } from '../../src/domain/guard/run.ts';
import { type GuardSums, type SumsInProgress, sumsRecord } from '../../src/domain/guard/sums.ts';
import { noIds, restoreChunk, takeChunks } from '../../src/domain/seen-ids.ts';
import { topics } from '../../src/domain/topics.ts';
import type { Decoder, Encoder } from '../../src/runtime/codec.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';
import type { Processor, TaskOutput, TaskRecord, Work } from '../../src/runtime/stateful.ts';
import type { Applier } from './apply.ts';
import type { FlagBook } from './flags.ts';
import { concernsRollout, createIntake, type IntakeDeps, kindOf, type Ledgers } from './intake.ts';

export type GuardProcessorDeps = IntakeDeps & {
  book: FlagBook;
  applier: Pick<Applier, 'settle'>;
  sumsDecoder: Decoder;
  encode: { sums: Encoder; rollback: Encoder; alert: Encoder };
  metrics: Metrics;
};

/** Ids of a partition's last counted events: some minutes of it at a thousand events a second would be more than a changelog should hold. */
const REMEMBERED_IDS = 20_000;
/** Units of flags with a targeting rule whose exposure said that chance decided. */
const REMEMBERED_UNITS = 50_000;

type Kept = Ledgers & { runs: Map<string, GuardRun> };

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
  const kept = restored(entries);
  const { runs, seen, drawn } = kept;
  const takeEvent = createIntake(deps, kept);
  const touched = new Set<string>();
  let edition: string | null = null;
  let chosen = new Set<TaskRecord>();

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
      chosen = new Set(records.filter((record) => record.topic === topics.guardSums || concernsRollout(record, book)));
      for (const [topic, group] of Map.groupBy(chosen, (record) => record.topic)) {
        const decoder = topic === topics.guardSums ? sumsDecoder : decoders[kindOf(topic)];
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
