/** Kafka for stateful stages in memory: the same fencing and the same all or nothing, and faults where a test wants them. */
import type { GroupHandlers, Ledger, Stateful, TaskOutput, Transaction } from '../../src/runtime/stateful.ts';

/** What may happen to a transaction: it is lost, or committed although its sender is told otherwise. */
export type Fault = 'lost' | 'answer-lost' | null;

export type MemoryKafka = Stateful & {
  /** What was committed, in order. */
  outputs: TaskOutput[];
  changelog(partition: number): Map<string, string>;
  offsets: Map<string, bigint>;
  commits: number;
  /** Asked for each transaction. */
  fault: () => Fault;
  /** Set once a stage has started. */
  handlers: GroupHandlers | null;
  /** Whether opening a ledger fails at the moment. */
  down: boolean;
};

export function createMemoryKafka(): MemoryKafka {
  const logs = new Map<number, Map<string, string>>();
  const owners = new Map<number, object>();
  const changelog = (partition: number): Map<string, string> => {
    const log = logs.get(partition) ?? new Map<string, string>();
    logs.set(partition, log);
    return log;
  };

  function apply(partition: number, { state, outputs, offsets }: Transaction): void {
    const log = changelog(partition);
    for (const [key, value] of state) {
      log.delete(key);
      if (value !== null) log.set(key, value);
    }
    kafka.outputs.push(...outputs);
    for (const [topic, offset] of offsets) kafka.offsets.set(`${topic}/${partition}`, offset);
    kafka.commits += 1;
  }

  async function openLedger(partition: number): Promise<Ledger> {
    if (kafka.down) throw new Error('the brokers are down');
    const owner = {};
    owners.set(partition, owner);
    return {
      entries: new Map(changelog(partition)),
      async commit(transaction) {
        await Promise.resolve();
        if (owners.get(partition) !== owner) throw new Error('fenced');
        const fault = kafka.fault();
        if (fault === 'lost') throw new Error('transaction lost');
        apply(partition, transaction);
        if (fault === 'answer-lost') throw new Error('answer lost');
      },
      async close() {},
    };
  }

  const kafka: MemoryKafka = {
    outputs: [],
    changelog,
    offsets: new Map(),
    commits: 0,
    fault: () => null,
    handlers: null,
    down: false,
    openLedger,
    async start(handlers) {
      kafka.handlers = handlers;
    },
    partitions: async () => 2,
    async stop() {},
  };
  return kafka;
}
