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
    rewind: (offsets) =>
      withAdmin(kafka, async (admin) => {
        const groups = Map.groupBy(offsets, ({ stage, topic }) => JSON.stringify([stage, topic]));
        for (const [key, partitions] of groups) {
          const [stage, topic] = JSON.parse(key) as [string, string];
          await admin.setOffsets({
            groupId: groupName(namespace, stage),
            topic: topicName(namespace, topic),
            partitions: partitions.map(({ partition, offset }) => ({ partition, offset })),
          });
        }
      }),
  };
}
