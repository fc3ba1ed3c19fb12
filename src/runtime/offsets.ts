/** Offsets of consumer groups as the stages see them; `adapters/kafka/offsets.ts` reads them. */

/** Full names. */
export type GroupTopics = { group: string; topics: readonly string[] };

/** `committed` is the next offset to read, null before the first commit; `start` and `end` bound what the partition holds. */
export type GroupOffset = { group: string; topic: string; partition: number; committed: number | null; start: number; end: number };

export type Offsets = {
  /** One row for each partition of each group's topics. Rejects when Kafka is away. */
  read(wanted: readonly GroupTopics[]): Promise<GroupOffset[]>;
  close(): Promise<void>;
};
