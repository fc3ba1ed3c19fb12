/** Where the partitions of some topics lie, as it is at one moment. */
import kafkajs, { type Kafka, type PartitionMetadata } from 'kafkajs';
import { withAdmin } from './admin.ts';

export type Layout = {
  /** How many brokers there are that hold a replica, those that are down included. */
  brokers: number;
  /** The partition of a message as Java's clients choose it. @throws Error for a topic that was not asked for */
  partitionOf(topic: string, message: { key: string | Buffer | null; partition?: number }): number;
};

/** `topics`: full names. Rejects when Kafka is away or one does not exist. */
export async function readLayout(kafka: Kafka, topics: readonly string[]): Promise<Layout> {
  const found = await withAdmin(kafka, (admin) => admin.fetchTopicMetadata({ topics: [...topics] }));
  const partitions = new Map<string, PartitionMetadata[]>(found.topics.map((topic) => [topic.name, topic.partitions]));
  const replicas = [...partitions.values()].flat().flatMap((partition) => partition.replicas);
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  return {
    brokers: new Set(replicas).size,
    partitionOf(topic, { key, partition }) {
      if (partition !== undefined) return partition;
      const partitionMetadata = partitions.get(topic);
      if (!partitionMetadata) throw new Error(`the layout of ${topic} was not asked for`);
      return choose({ topic, partitionMetadata, message: { key, value: null } });
    },
  };
}
