/** The window stage's processor of one partition number: one source for each event topic. */
import { lateHeaders } from '../../src/domain/deadletter.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../../src/domain/event.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import { parseEvent } from '../../src/domain/validate.ts';
import { idleThrough } from '../../src/domain/watermark.ts';
import { floorTo, type SourceProgress, type WindowPart } from '../../src/domain/window.ts';
import { accept, closeByEvents, closeBySilence, type Source, type Windowing } from '../../src/domain/windowing.ts';
import { type Chunks, type Deltas, restoreSource, takeDeltas } from '../../src/domain/windowing-state.ts';
import type { Decoder, Encoder } from '../../src/runtime/codec.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';
import { release } from '../../src/runtime/release.ts';
import type { Processor, TaskOutput, TaskRecord, TickContext, Work } from '../../src/runtime/stateful.ts';

export type WindowProcessorDeps = {
  windowing: Windowing;
  maxFutureMs: number;
  decoders: Record<EventKind, Decoder>;
  encode: Encoder;
  /** Partitions of the topic of windows: progress is told in each. */
  windowPartitions: number;
  /** Partitions of each event topic. */
  eventPartitions: number;
  /** Full name of a topic, for the headers of late events. */
  fullName: (topic: string) => string;
  metrics: Metrics;
  now: () => number;
};

type Tracked = { source: Source; chunks: Chunks };

const kindOfTopic = new Map(eventKinds.map((kind) => [eventTopics[kind], kind]));

/** The event in a record, or null: what is not valid is the store's to dead-letter, and counts nowhere. */
function eventOf({ decoders, maxFutureMs, now }: WindowProcessorDeps, { topic, value, timestamp }: TaskRecord): FeatureEvent | null {
  const kind = kindOfTopic.get(topic);
  const decoded = kind && decoders[kind].decode(value);
  if (!decoded?.ok) return null;
  const parsed = parseEvent(kind as EventKind, decoded.record, { now: Math.min(timestamp, now()), maxFutureMs });
  return parsed.ok ? parsed.event : null;
}

function lateOutput({ fullName }: WindowProcessorDeps, partition: number, record: TaskRecord, lateByMs: number): TaskOutput {
  const origin = { topic: fullName(record.topic), partition, offset: String(record.offset), timestamp: String(record.timestamp) };
  const headers = lateHeaders(record.headers, origin, { stage: 'window', lateByMs, version: release });
  return { topic: topics.lateEvents, key: record.key, value: record.value ?? Buffer.alloc(0), headers };
}

const rowOutput = (encode: Encoder, window: WindowPart): TaskOutput => ({
  topic: topics.windows,
  key: window.metric,
  value: encode({ window, progress: [] }),
});

/** Told after the windows that it promises, in every partition, since every metric may be in any. */
function progressOutputs({ encode, windowPartitions }: WindowProcessorDeps, progress: SourceProgress[]): TaskOutput[] {
  if (progress.length === 0) return [];
  const value = encode({ window: null, progress });
  return Array.from({ length: windowPartitions }, (_, partition) => ({ topic: topics.windows, key: null, value, partition }));
}

export function createWindowProcessor(partition: number, entries: ReadonlyMap<string, string>, deps: WindowProcessorDeps): Processor {
  const tracked = new Map<string, Tracked>(
    Object.values(eventTopics).map((topic) => [topic, restoreSource({ topic, partition }, deps.windowing, entries)]),
  );

  function takeRecord(record: TaskRecord, outputs: TaskOutput[]): void {
    const source = tracked.get(record.topic)?.source;
    const event = eventOf(deps, record);
    if (!source || !event) {
      deps.metrics.count('impact_window_events_total', { outcome: 'invalid' });
      return;
    }
    const verdict = accept(source, event, record.timestamp);
    deps.metrics.count('impact_window_events_total', { outcome: verdict.kind });
    if (verdict.kind === 'late') outputs.push(lateOutput(deps, partition, record, verdict.byMs));
  }

  /** Runs `close` on a source and takes down what follows. */
  function told({ source, chunks }: Tracked, close: () => WindowPart[], state: Deltas, outputs: TaskOutput[]): SourceProgress[] {
    const before = source.clock.through;
    for (const part of close()) outputs.push(rowOutput(deps.encode, part));
    for (const [key, value] of takeDeltas(source, chunks)) state.set(key, value);
    const { through } = source.clock;
    return through > before ? [{ topic: source.topic, partition, partitions: deps.eventPartitions, through }] : [];
  }

  function silentSources({ now, silentMs }: TickContext): Tracked[] {
    const { patience } = deps.windowing;
    return [...tracked.values()].filter(
      ({ source }) =>
        floorTo(idleThrough(now, patience), source.paneMs) > source.clock.through && silentMs(source.topic) >= patience.idleMs,
    );
  }

  return {
    async prepare(records) {
      for (const [topic, group] of Map.groupBy(records, (record) => record.topic)) {
        const kind = kindOfTopic.get(topic);
        if (kind) await deps.decoders[kind].prepare(group.map(({ value }) => value));
      }
    },
    process(records): Work {
      const outputs: TaskOutput[] = [];
      const state: Deltas = new Map();
      const next = new Map<string, bigint>();
      for (const record of records) {
        takeRecord(record, outputs);
        next.set(record.topic, record.offset + 1n);
      }
      const progress = [...next].flatMap(([topic, offset]) => {
        const one = tracked.get(topic);
        return one ? told(one, () => closeByEvents(one.source, Number(offset)), state, outputs) : [];
      });
      return { state, outputs: [...outputs, ...progressOutputs(deps, progress)] };
    },
    tick(context): Work {
      const outputs: TaskOutput[] = [];
      const state: Deltas = new Map();
      const progress = silentSources(context).flatMap((one) =>
        told(one, () => closeBySilence(one.source, context.now, Number(context.next.get(one.source.topic) ?? 0n)), state, outputs),
      );
      return { state, outputs: [...outputs, ...progressOutputs(deps, progress)] };
    },
  };
}
