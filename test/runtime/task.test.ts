import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Processor, Restore, TaskRecord } from '../../src/runtime/stateful.ts';
import { createTask } from '../../src/runtime/task.ts';
import { createMemoryKafka, type Fault } from '../support/memory-kafka.ts';
import { memoryTracer } from '../support/memory-tracer.ts';

/** Counts records by key and says each count: any record lost or taken twice shows in what it says. */
const counting: Restore = (_, entries): Processor => {
  const counts = new Map([...entries].map(([key, value]) => [key, Number(value)]));
  return {
    async prepare() {},
    process(records) {
      const outputs = records.map(({ key }) => {
        const count = (counts.get(String(key)) ?? 0) + 1;
        counts.set(String(key), count);
        return { topic: 'out', key, value: Buffer.from(String(count)) };
      });
      return { state: new Map([...counts].map(([key, count]) => [key, String(count)])), outputs };
    },
    tick: () => ({ state: new Map(), outputs: [] }),
  };
};

const record = (offset: number, topic = 'in'): TaskRecord => ({
  topic,
  offset: BigInt(offset),
  timestamp: 0,
  key: Buffer.from(String(offset % 3)),
  value: null,
  headers: {},
});
const records = (from: number, to: number): TaskRecord[] => Array.from({ length: to - from }, (_, i) => record(from + i));
const expected = records(0, 60).map(({ key }, i) => `${key}:${Math.floor(i / 3) + 1}`);

describe('a task', () => {
  it('commits state, output and offsets as one, and goes on from them after a restart', async () => {
    const kafka = createMemoryKafka();
    const first = createTask(0, 'count', kafka.openLedger, counting, () => {});
    await first.process(records(0, 10));
    await first.process([...records(10, 12), record(0, 'other')]);
    expect([...first.next()]).toEqual([
      ['in', 12n],
      ['other', 1n],
    ]);
    const second = createTask(0, 'count', kafka.openLedger, counting, () => {});
    await second.open();
    expect([...second.next()]).toEqual([...first.next()]);
    expect(kafka.offsets.get('in/0')).toBe(12n);
    expect(kafka.changelog(0).get('0')).toBe('5');
  });

  it('leaves out what it has processed, and does nothing for a tick that says nothing', async () => {
    const kafka = createMemoryKafka();
    const task = createTask(0, 'count', kafka.openLedger, counting, () => {});
    await task.process(records(0, 6));
    await task.process(records(0, 6));
    await task.tick({ now: 0, silentMs: () => 0 });
    expect(kafka.commits).toBe(1);
  });

  it('is shut out by a successor, and then starts again from what that one left', async () => {
    const kafka = createMemoryKafka();
    const [zombie, owner] = [0, 1].map(() => createTask(0, 'count', kafka.openLedger, counting, () => {}));
    await zombie?.process(records(0, 10));
    await owner?.process(records(10, 20));
    await expect(zombie?.process(records(10, 20))).rejects.toThrow('fenced');
    await zombie?.process(records(10, 20));
    expect(kafka.outputs).toHaveLength(20);
  });

  it('says everything exactly once, whatever transactions are lost, in doubt or fenced', async () => {
    const fault = fc.constantFrom<Fault>(null, null, 'lost', 'answer-lost');
    const step = fc.record({ owner: fc.nat(2), size: fc.integer({ min: 1, max: 15 }), back: fc.nat(5), restart: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.array(fault, { minLength: 1 }), async (steps, faults) => {
        const kafka = createMemoryKafka();
        let asked = 0;
        kafka.fault = () => faults[asked++ % faults.length] ?? null;
        const fresh = () => createTask(0, 'count', kafka.openLedger, counting, () => {});
        const owners = [fresh(), fresh(), fresh()];
        for (const { owner, size, back, restart } of steps) {
          if (restart) owners[owner] = fresh();
          const next = Number(kafka.offsets.get('in/0') ?? 0n);
          const from = Math.max(0, next - back);
          await owners[owner]?.process(records(from, Math.min(60, from + size))).catch(() => {});
        }
        kafka.fault = () => null;
        await fresh().process(records(0, 60));
        expect(kafka.outputs.map(({ key, value }) => `${key}:${value}`)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('passes its crash points in the order of their numbers', async () => {
    const passed: string[] = [];
    const task = createTask(0, 'count', createMemoryKafka().openLedger, counting, (name) => passed.push(name));
    await task.process(records(0, 1));
    expect(passed).toEqual(['count.1-before-open', 'count.3-after-restore', 'count.7-after-commit']);
  });

  it('makes one span of a transaction, linked to its records, and sends its trace along with what has none', async () => {
    const [kafka, tracer] = [createMemoryKafka(), memoryTracer()];
    const sender = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    const late: Restore = (...args) => {
      const { process, ...processor } = counting(...args);
      const passedOn = { topic: 'late', key: null, value: Buffer.alloc(0), headers: { late: 'yes' } };
      return {
        ...processor,
        process: (given) => ({ ...process(given), outputs: [...process(given).outputs, passedOn] }),
        tick: ({ now }) => ({ state: new Map(), outputs: now === 0 ? [] : [{ topic: 'out', key: null, value: Buffer.alloc(0) }] }),
      };
    };
    const task = createTask(0, 'count', kafka.openLedger, late, () => {}, tracer);
    await task.process([{ ...record(0), headers: sender }, record(0, 'other')]);
    await task.process([record(0)]);
    await task.tick({ now: 0, silentMs: () => 0 });
    await task.tick({ now: 1, silentMs: () => 0 });
    kafka.fault = () => 'lost';
    await expect(task.process([record(1)])).rejects.toThrow('lost');
    expect(tracer.spans.map(({ name, links, failed }) => [name, links, String(failed)])).toEqual([
      ['process count', [sender], 'undefined'],
      ['process count', [], 'undefined'],
      ['process in', [], 'Error: transaction lost'],
    ]);
    expect(tracer.spans[0]?.attributes).toMatchObject({ 'impact.records.in': 1, 'impact.records.other': 1, 'impact.topics': 2 });
    const [first, second] = [1, 2].map((n) => `00-${String(n).padStart(32, '0')}-${String(n).padStart(16, '0')}-01`);
    expect(kafka.outputs.map(({ headers }) => headers)).toEqual([
      { traceparent: first },
      { traceparent: first },
      { late: 'yes' },
      { traceparent: second },
    ]);
  });
});
