/** How far the stages' groups have come, and setting them back, for backups. */
import type { Kafka } from 'kafkajs';
import type { KafkaCut, StageOffset } from '../../domain/backup.ts';
import { groupName, topicName } from '../../domain/names.ts';
import { withAdmin } from './admin.ts';

export type GroupCuts = {
  read(stages: readonly string[]): Promise<KafkaCut>;
  /** Those of the stages that are running somewhere. */
  running(stages: readonly string[]): Promise<string[]>;
  /** Moves the groups to these offsets. @throws where one of them is running */
  rewind(offsets: readonly StageOffset[]): Promise<void>;
};

/**
 * A member of the group for a moment: the broker takes offsets from members only. The client library's own way joins anew for every topic,
 * which takes seconds each time.
 */
async function commit(kafka: Kafka, namespace: string, stage: string, offsets: readonly StageOffset[]): Promise<void> {
  const consumer = kafka.consumer({ groupId: groupName(namespace, stage) });
  const wanted = offsets.map(({ topic, partition, offset }) => ({ topic: topicName(namespace, topic), partition, offset }));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...new Set(wanted.map(({ topic }) => topic))] });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
    await joined;
    await consumer.commitOffsets(wanted);
  } finally {
    await consumer.disconnect();
  }
}

const few = { retry: { retries: 3 } };

export function createGroupCuts(kafka: Kafka, namespace: string): GroupCuts {
  const prefix = topicName(namespace, '');
  return {
    read: (stages) =>
      withAdmin(
        kafka,
        async (admin) => {
          const { clusterId } = await admin.describeCluster();
          const offsets: StageOffset[] = [];
          for (const stage of stages)
            for (const { topic, partitions } of await admin.fetchOffsets({ groupId: groupName(namespace, stage) }))
              for (const { partition, offset } of partitions)
                if (topic.startsWith(prefix) && offset !== '-1')
                  offsets.push({ stage, topic: topic.slice(prefix.length), partition, offset });
          return { clusterId, offsets };
        },
        few,
      ),
    running: (stages) =>
      withAdmin(
        kafka,
        async (admin) => {
          const { groups } = await admin.describeGroups(stages.map((stage) => groupName(namespace, stage)));
          return stages.filter((stage) =>
            groups.some(({ groupId, members }) => groupId === groupName(namespace, stage) && members.length > 0),
          );
        },
        few,
      ),
    rewind: async (offsets) => {
      for (const [stage, wanted] of Map.groupBy(offsets, ({ stage }) => stage)) await commit(kafka, namespace, stage, wanted);
    },
  };
}
