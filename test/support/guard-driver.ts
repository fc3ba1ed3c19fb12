/**
 * Drives the guard's processors without Kafka, one step at a time. Records travel as JSON; every step's state goes through a changelog, so
 * `restart` is a crash. Sums go to the task that their flag's key falls on, as in the topic.
 */
import type { Transition } from '../../src/domain/alert.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import type { Flag } from '../../src/domain/flags/flag.ts';
import type { Rollback } from '../../src/domain/guard/rollback.ts';
import type { GuardSums } from '../../src/domain/guard/sums.ts';
import { eventTopics, topics } from '../../src/domain/topics.ts';
import type { Processor, TaskOutput, TaskRecord, Work } from '../../src/runtime/stateful.ts';
import type { Applier, Settled } from '../../streams/guard/apply.ts';
import { createFlagBook } from '../../streams/guard/flags.ts';
import { createGuardProcessor } from '../../streams/guard/processor.ts';
import { decoder, decoders, encode } from './json-codec.ts';

/** Where flags are in this test: its own copy, which changes when the test says so. */
export function flagsInTest(flags: Flag[]) {
  const state = { flags: new Map(flags.map((flag) => [flag.id, flag])), count: 1, loaded: true };
  return {
    flags: () => [...state.flags.values()],
    get: (id: string) => state.flags.get(id) ?? null,
    state: () => ({ revision: state.loaded ? `e.${state.count}` : null, stale: false, confirmedAt: 0, problem: null }),
    set(flag: Flag | null, id = flag?.id ?? ''): void {
      if (flag === null) state.flags.delete(id);
      else state.flags.set(id, flag);
      state.count += 1;
    },
    load(loaded: boolean): void {
      state.loaded = loaded;
    },
  };
}

export type GuardDriver = ReturnType<typeof createGuardDriver>;

/** @param settle what came of applying a rollback; null while it waits */
export function createGuardDriver(flags: ReturnType<typeof flagsInTest>, partitions = 1, settle: Applier['settle'] = () => null) {
  const clock = { now: 0 };
  const counted = new Map<string, number>();
  const applied: Rollback[] = [];
  const metrics = {
    count: (name: string, labels: Record<string, string> = {}, by = 1) => {
      const key = [name, ...Object.values(labels)].join(' ');
      counted.set(key, (counted.get(key) ?? 0) + by);
    },
    set() {},
    observe() {},
  };
  const changelogs = Array.from({ length: partitions }, () => new Map<string, string>());
  const applier = {
    settle(rollback: Rollback): Settled | null {
      applied.push(rollback);
      return settle(rollback);
    },
  };
  const make = (partition: number): Processor =>
    createGuardProcessor(partition, new Map(changelogs[partition]), {
      book: createFlagBook(flags, () => clock.now),
      applier,
      maxFutureMs: 300_000,
      decoders,
      sumsDecoder: decoder,
      encode: { sums: encode, rollback: encode, alert: encode },
      metrics,
      now: () => clock.now,
    });
  let tasks = changelogs.map((_, i) => make(i));
  const seen = { sums: [] as GuardSums[], rollbacks: [] as Rollback[], alerts: [] as Transition[] };
  let offset = 0n;
  const recordOf = (topic: string, key: string | null, value: Buffer): TaskRecord => {
    offset += 1n;
    return { topic, offset, timestamp: clock.now, key: key === null ? null : Buffer.from(key), value, headers: {} };
  };
  /** Where a key falls: the same one always, and not the same for all. */
  const partitionOf = (key: string): number => [...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % partitions;

  async function passOn(partition: number, { state, outputs }: Work): Promise<void> {
    const changelog = changelogs[partition] as Map<string, string>;
    for (const [key, value] of state) {
      changelog.delete(key);
      if (value !== null) changelog.set(key, value);
    }
    const of = (topic: string): TaskOutput[] => outputs.filter((one) => one.topic === topic);
    const read = <T>(topic: string): T[] => of(topic).map(({ value }) => JSON.parse(String(value)) as T);
    seen.sums.push(...read<GuardSums>(topics.guardSums));
    seen.rollbacks.push(...read<Rollback>(topics.rollbacks));
    seen.alerts.push(...read<Transition>(topics.alerts));
    for (const { key, value } of of(topics.guardSums))
      await step(partitionOf(String(key)), [recordOf(topics.guardSums, String(key), value)]);
  }

  async function step(partition: number, records: TaskRecord[]): Promise<void> {
    const task = tasks[partition] as Processor;
    await task.prepare(records);
    await passOn(partition, task.process(records));
  }

  return {
    ...seen,
    clock,
    counted,
    /** Every rollback each time it was asked to be applied. */
    applied,
    changelogs,
    /** One batch into one partition; the wall clock moves to the last event. */
    async send(events: readonly FeatureEvent[], partition = 0): Promise<void> {
      clock.now = Math.max(clock.now, ...events.map(({ occurredAt }) => occurredAt));
      await step(
        partition,
        events.map((event) => recordOf(eventTopics[event.kind], `${event.tenantId}|${event.featureId}`, encode(event))),
      );
    },
    sendBytes: (topic: string, key: string | null, value: string) => step(0, [recordOf(topic, key, Buffer.from(value))]),
    async tick(): Promise<void> {
      clock.now += 200;
      for (const [i, task] of tasks.entries()) await passOn(i, task.tick({ now: clock.now, silentMs: () => 0, next: new Map() }));
    },
    restart(): void {
      tasks = changelogs.map((_, i) => make(i));
    },
  };
}
