import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningStage } from '../../src/runtime/stage.ts';
import type { Processor, TaskBatch, TickContext } from '../../src/runtime/stateful.ts';
import { startStatefulStage } from '../../src/runtime/stateful-stage.ts';
import { createMemoryKafka, type MemoryKafka } from '../support/memory-kafka.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const metrics = { count() {}, set() {}, observe() {} };
const alive = async () => {};

let kafka: MemoryKafka;
let stage: RunningStage;
let ticks: TickContext[];

/** Says the offset of each record. */
const saying = (): Processor => ({
  async prepare() {},
  process: (records) => ({
    state: new Map(),
    outputs: records.map(({ topic, offset }) => ({ topic: 'out', key: topic, value: Buffer.from(String(offset)) })),
  }),
  tick(context) {
    ticks.push(context);
    return { state: new Map(), outputs: [] };
  },
});

function batch(from: number, to: number, changes: Partial<TaskBatch> = {}): TaskBatch {
  const records = Array.from({ length: to - from }, (_, i) => ({
    topic: changes.topic ?? 'in',
    offset: BigInt(from + i),
    timestamp: 0,
    key: null,
    value: null,
    headers: {},
  }));
  return { topic: 'in', partition: 0, fetchedFrom: BigInt(from), end: BigInt(to), records, ...changes };
}
const said = () => kafka.outputs.map(({ key, value }) => `${key}${value}`);
const give = (one: TaskBatch, generation = 1) => kafka.handlers?.batch(one, generation, alive);

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'] });
  kafka = createMemoryKafka();
  ticks = [];
  stage = await startStatefulStage({
    stage: 'say',
    stateful: kafka,
    restore: saying,
    tickMs: 100,
    log,
    metrics,
    failpoint: () => {},
    now: () => Date.now(),
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await stage.stop();
});

describe('a stateful stage', () => {
  it('is not ready before it has joined, and while a partition cannot be opened', async () => {
    expect(stage.health()).toEqual({ ready: false, reasons: ['has not joined its group yet'] });
    kafka.down = true;
    kafka.handlers?.assigned(1, [0]);
    await vi.waitFor(() => expect(stage.health().reasons).toEqual(['partition 0: the brokers are down']));
    kafka.down = false;
    await vi.waitFor(() => expect(stage.health()).toEqual({ ready: true, reasons: [] }));
    kafka.handlers?.broken(new Error('no coordinator'));
    expect(stage.health().reasons).toEqual(['no coordinator']);
  });

  it('puts the batches of one fetch into one transaction', async () => {
    kafka.handlers?.assigned(1, [0]);
    const outcomes = await Promise.all([give(batch(0, 2)), give(batch(0, 2, { topic: 'other' }))]);
    expect(outcomes).toEqual([{ kind: 'done' }, { kind: 'done' }]);
    expect(said()).toEqual(['in0', 'in1', 'other0', 'other1']);
    expect(kafka.commits).toBe(1);
  });

  it('tries a batch again until it is committed', async () => {
    kafka.handlers?.assigned(1, [0]);
    const faults = ['lost', 'answer-lost', 'lost', null] as const;
    kafka.fault = () => faults[kafka.commits + asked++] ?? null;
    let asked = 0;
    expect(await give(batch(0, 3))).toEqual({ kind: 'done' });
    expect(said()).toEqual(['in0', 'in1', 'in2']);
  });

  it('reads on where the state says, not where the group believes it is', async () => {
    kafka.changelog(0).set('__meta', JSON.stringify([['in', '5']]));
    kafka.handlers?.assigned(1, [0]);
    expect(await give(batch(8, 10))).toEqual({ kind: 'seek', offset: 5n });
    expect(await give(batch(3, 7))).toEqual({ kind: 'done' });
    // A gap later on is a transaction marker.
    expect(await give(batch(9, 10))).toEqual({ kind: 'done' });
    expect(said()).toEqual(['in5', 'in6', 'in9']);
  });

  it('leaves batches of partitions and generations that are not its own', async () => {
    kafka.handlers?.assigned(1, [0]);
    expect(await give(batch(0, 1, { partition: 1 }))).toEqual({ kind: 'stale' });
    kafka.handlers?.assigned(2, [1]);
    expect(await give(batch(0, 1, { partition: 1 }), 1)).toEqual({ kind: 'stale' });
    expect(said()).toEqual([]);
  });

  it('lets the loss of its membership through to the consumer', async () => {
    kafka.handlers?.assigned(1, [0]);
    kafka.fault = () => 'lost';
    const lost = new Error('REBALANCE_IN_PROGRESS');
    const waiting = kafka.handlers?.batch(batch(0, 1), 1, async () => {
      throw lost;
    });
    await expect(waiting).rejects.toBe(lost);
  });

  it('ticks each open task, and knows for how long it has been silent while the brokers answered', async () => {
    kafka.handlers?.assigned(1, [0]);
    await vi.waitFor(() => expect(stage.health().ready).toBe(true));
    await vi.advanceTimersByTimeAsync(100);
    expect(ticks.at(-1)?.silentMs('in')).toBe(0);
    for (let i = 0; i < 20; i++) {
      kafka.handlers?.fetched();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(ticks.at(-1)?.silentMs('in')).toBe(1900);
    await vi.advanceTimersByTimeAsync(30_000);
    kafka.handlers?.fetched();
    expect(ticks.at(-1)?.silentMs('in')).toBe(1900);
  });

  it('is not ready when it is behind and has not moved for half a minute', async () => {
    kafka.handlers?.assigned(1, [0]);
    await give(batch(0, 1, { end: 50n }));
    await vi.advanceTimersByTimeAsync(31_000);
    expect(stage.health().reasons).toEqual(['partition 0: behind, and has not moved for 30 s']);
  });
});
