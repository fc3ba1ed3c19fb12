/** What a stateful processor is to the runtime: one task for each partition number, its state in a changelog, one transaction a step. */

/** A Kafka record on its way in. `topic` without the namespace. `timestamp` is the record's own, milliseconds since 1970. */
export type TaskRecord = {
  topic: string;
  offset: bigint;
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string | Buffer>;
};

/** A record on its way out. `topic` without the namespace. `partition` only where the key must not decide. */
export type TaskOutput = {
  topic: string;
  key: string | Buffer | null;
  value: Buffer;
  headers?: Record<string, string | Buffer>;
  partition?: number;
};

/** What a step changes and says. State values of null delete. */
export type Work = { state: ReadonlyMap<string, string | null>; outputs: readonly TaskOutput[] };
export const noWork: Work = { state: new Map(), outputs: [] };

/**
 * What a tick knows about the outside. `now`: milliseconds since 1970. `next`: offset after the last record of each topic.
 * `silentMs`: for how long the topic's partition has been asked for records and had none.
 */
export type TickContext = { now: number; silentMs: (topic: string) => number; next: ReadonlyMap<string, bigint> };

/**
 * The processor of one task. It changes its memory as it goes; when the transaction of a step fails, the whole processor is thrown
 * away and restored from the changelog, so what was not committed is never built upon.
 */
export type Processor = {
  /** Everything that may wait or fail for outside reasons, before `process`. Throws to be called again later. */
  prepare(records: readonly TaskRecord[]): Promise<void>;
  /** Synchronous, and never throws for what is in a record. */
  process(records: readonly TaskRecord[]): Work;
  tick(context: TickContext): Work;
};

/** Makes the processor of a partition from its changelog's entries, in the order of their writing. */
export type Restore = (partition: number, entries: ReadonlyMap<string, string>) => Processor;

/** One step: all of it becomes visible, or nothing. `offsets`: next offset to read, by topic. */
export type Transaction = {
  state: ReadonlyMap<string, string | null>;
  outputs: readonly TaskOutput[];
  offsets: ReadonlyMap<string, bigint>;
};

/** The changelog of one partition, held exclusively: opening it shuts out whoever held it before. */
export type Ledger = {
  /** What was committed when it was opened. */
  entries: ReadonlyMap<string, string>;
  /** @throws when the transaction has not been committed, or when nobody knows; the ledger must not be used again then. */
  commit(transaction: Transaction): Promise<void>;
  close(): Promise<void>;
};
export type OpenLedger = (partition: number) => Promise<Ledger>;

/** A batch of one topic for the task of its partition number. `fetchedFrom`: the offset that was asked for. `end`: the next offset to be written. */
export type TaskBatch = { topic: string; partition: number; fetchedFrom: bigint; end: bigint; records: readonly TaskRecord[] };

/** What came of a batch: it is done, its partition is to be read from another offset, or it belongs to a generation that is over. */
export type BatchOutcome = { kind: 'done' } | { kind: 'seek'; offset: bigint } | { kind: 'stale' };

export type GroupHandlers = {
  /** A new generation began, and these partition numbers, of every topic, are ours. */
  assigned(generation: number, partitions: readonly number[]): void;
  /** `alive` keeps the membership of a handler that waits; it rejects when the group rebalances, which the handler must let through. */
  batch(batch: TaskBatch, generation: number, alive: () => Promise<void>): Promise<BatchOutcome>;
  /** The brokers answered a fetch, with or without records. */
  fetched(): void;
  broken(error: Error): void;
};

/** How a stateful stage reaches Kafka. All topics have the same number of partitions, and partition i of all of them comes to one member. */
export type Stateful = {
  openLedger: OpenLedger;
  /** Joins the group. Outages are waited out. */
  start(handlers: GroupHandlers): Promise<void>;
  /** How many partitions a topic (without namespace) has. */
  partitions(topic: string): Promise<number>;
  /** Leaves the group and lets go of everything. */
  stop(): Promise<void>;
};

/**
 * `stage`: its name, and its group's. Topics are without namespace. `outputs`: where it may write, if not to windows, alerts and late events.
 * `committedOnly`: leave out records of transactions that were not committed.
 */
export type StatefulOptions = {
  stage: string;
  topics: readonly string[];
  changelog: string;
  outputs?: readonly string[];
  committedOnly: boolean;
};
export type OpenStateful = (options: StatefulOptions) => Stateful;
