/** Kafka records as the stages see them, and the consumer that hands them over; `adapters/kafka/consumer.ts` makes one. */

/** As the Kafka client yields it: nothing is copied. `timestamp` is the record's own, milliseconds, as text; so is `offset`. */
export type InRecord = {
  key: Buffer | null;
  value: Buffer | null;
  timestamp: string;
  offset: string;
  headers?: Record<string, Buffer | string | (Buffer | string)[] | undefined>;
};

/**
 * Records as the broker keeps them: one after the other in its own format (cursor.ts reads it), with what they have in common.
 * `baseTimestamp` is milliseconds since 1970, and every record's own where the broker sets the time (`broker`).
 */
export type RecordRun = { bytes: Buffer; count: number; baseOffset: number; lastOffset: number; baseTimestamp: number; broker: boolean };

/**
 * Consecutive records of one partition, from offset `from` on: a run may begin before it. `topic` is the full name; `highWatermark` is the
 * offset that the next record written will get.
 */
export type RecordBatch = { topic: string; partition: number; highWatermark: number; from: number; runs: readonly RecordRun[] };

export type TopicPartition = { topic: string; partition: number };
/** `offset` is the next one to read. */
export type Position = TopicPartition & { offset: number };

/** A message to send; an adapter's producer takes these. */
export type OutRecord = { key: string | Buffer | null; value: Buffer | null; headers?: Record<string, string | Buffer> };
/** Resolves when all in-sync replicas have the messages. `topic` is the full name. */
export type Send = (topic: string, messages: readonly OutRecord[]) => Promise<void>;

export type ConsumerHandlers = {
  /**
   * A new generation of the group began: these partitions are ours, and are read again from the committed offsets.
   * Whatever an earlier generation buffered must be forgotten.
   */
  assigned(generation: number, partitions: TopicPartition[]): void;
  /**
   * Takes one batch; the next one comes when it resolves. `alive` must be awaited every now and then by a handler that waits:
   * it keeps the membership, and rejects when the group is rebalancing, which the handler must let through.
   * Answers whether the whole batch was taken; if not, it is handed over again.
   */
  batch(batch: RecordBatch, generation: number, alive: () => Promise<void>): Promise<boolean>;
  /** The consumer lost Kafka or gave up, and starts again by itself. */
  broken(error: Error): void;
};

export type BatchConsumer = {
  /** Joins the group and begins. Resolves when started; outages are waited out. */
  start(handlers: ConsumerHandlers): Promise<void>;
  /** Commits for a generation; false when it is over or Kafka does not take it, which loses nothing: the records are read again. */
  commit(generation: number, positions: readonly Position[]): Promise<boolean>;
  /** Whether the broker has confirmed our membership within the session timeout; if not, others may own our partitions. */
  owns(): boolean;
  seek(position: Position): void;
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  /** Leaves the group. */
  stop(): Promise<void>;
};
