/**
 * Drives the window and alert processors without Kafka, one step at a time. Stream time is in the events, wall time is in `now`, and
 * neither moves by itself. Records travel as JSON; every step's state goes through a changelog, so `restart` is a crash.
 */
import type { Transition } from '../../src/domain/alert.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import type { WindowUpdate } from '../../src/domain/window.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';
import type { Processor, TaskOutput, TaskRecord, Work } from '../../src/runtime/stateful.ts';
import { createAlertProcessor } from '../../streams/alert/processor.ts';
import { createWindowProcessor } from '../../streams/window/processor.ts';
import { decoder, decoders, encode } from './json-codec.ts';
import { windowing } from './windowed.ts';

/** A processor and its changelog. */
function kept(make: (entries: ReadonlyMap<string, string>) => Processor) {
  const changelog = new Map<string, string>();
  let processor = make(changelog);
  const write = ({ state, outputs }: Work): readonly TaskOutput[] => {
    for (const [key, value] of state) {
      changelog.delete(key);
      if (value !== null) changelog.set(key, value);
    }
    return outputs;
  };
  return {
    run: (step: (processor: Processor) => Work) => write(step(processor)),
    restart: () => {
      processor = make(new Map(changelog));
    },
  };
}

/** @param partitions how many partitions of each event topic there are; one window task for each */
export function createDriver(rules: Rule[], partitions = 1, metrics: Metrics = { count() {}, set() {}, observe() {} }) {
  const clock = { now: 0, silentMs: 0, edition: 1 };
  const common = { windowing, maxFutureMs: 300_000, decoders, encode, windowPartitions: 1, eventPartitions: partitions, metrics };
  const fullName = (topic: string): string => topic;
  const windows = Array.from({ length: partitions }, (_, i) =>
    kept((entries) => createWindowProcessor(i, entries, { ...common, fullName, now: () => clock.now })),
  );
  const book = { rules: () => rules, edition: () => clock.edition };
  const settings = { graceMs: windowing.patience.graceMs, repeatMs: 3_600_000 };
  const alert = kept((entries) => createAlertProcessor(0, entries, { settings, decoder, encode, rules: book, metrics }));
  const seen = { updates: [] as WindowUpdate[], late: [] as TaskOutput[], alerts: [] as Transition[] };
  const next = new Map<string, bigint>();

  const recordOf = (topic: string, value: Buffer, timestamp: number): TaskRecord => {
    const offset = next.get(topic) ?? 0n;
    next.set(topic, offset + 1n);
    return { topic, offset, timestamp, key: null, value, headers: {} };
  };

  /** Passes on what a window task said, in one batch. */
  function passOn(outputs: readonly TaskOutput[]): void {
    seen.late.push(...outputs.filter(({ topic }) => topic === topics.lateEvents));
    const updates = outputs.filter(({ topic }) => topic === topics.windows);
    seen.updates.push(...updates.map(({ value }) => JSON.parse(String(value)) as WindowUpdate));
    const told = alert.run((one) => one.process(updates.map(({ value }) => recordOf(topics.windows, value, 0))));
    seen.alerts.push(...told.map(({ value }) => JSON.parse(String(value)) as Transition));
  }

  return {
    ...seen,
    clock,
    /** One batch into one partition; the wall clock moves to the last event. */
    send(events: readonly FeatureEvent[], partition = 0): void {
      clock.now = Math.max(clock.now, ...events.map(({ occurredAt }) => occurredAt));
      const records = events.map((event) => recordOf(eventTopics[event.kind], encode(event), event.occurredAt));
      passOn(windows[partition]?.run((one) => one.process(records)) ?? []);
    },
    sendBytes: (topic: string, value: string) =>
      passOn(windows[0]?.run((one) => one.process([recordOf(topic, Buffer.from(value), clock.now)])) ?? []),
    /** Wall time passes without records. */
    wait(ms: number): void {
      clock.now += ms;
      clock.silentMs += ms;
      for (const task of windows) passOn(task.run((one) => one.tick({ now: clock.now, silentMs: () => clock.silentMs, next })));
    },
    changeRules(change: (rules: Rule[]) => Rule[]): void {
      rules = change(rules);
      clock.edition += 1;
      const told = alert.run((one) => one.tick({ now: clock.now, silentMs: () => 0, next }));
      seen.alerts.push(...told.map(({ value }) => JSON.parse(String(value)) as Transition));
    },
    restart(): void {
      for (const one of [...windows, alert]) one.restart();
    },
  };
}
