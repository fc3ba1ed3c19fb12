/** Gives partition i of every topic to the same member, so that one task, with one producer, owns everything of its number. */
import kafkajs, { type Cluster, type PartitionAssigner } from 'kafkajs';

const { AssignerProtocol } = kafkajs;
const NAME = 'ImpactCopartition';
const VERSION = 0;

/** Which of the members (in the order of their ids) gets which partition numbers: i goes to member i modulo their count. */
export function shareOut(
  memberIds: readonly string[],
  topicPartitions: ReadonlyMap<string, readonly number[]>,
): Map<string, Record<string, number[]>> {
  const members = [...memberIds].sort();
  const shares = new Map<string, Record<string, number[]>>(members.map((id) => [id, {}]));
  for (const [topic, partitions] of topicPartitions)
    for (const partition of partitions) {
      const share = shares.get(members[partition % members.length] ?? '');
      if (share) share[topic] = [...(share[topic] ?? []), partition];
    }
  return shares;
}

export const copartition: PartitionAssigner = ({ cluster }: { cluster: Cluster }) => ({
  name: NAME,
  version: VERSION,
  async assign({ members, topics }) {
    const topicPartitions = new Map(
      topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)]),
    );
    const shares = shareOut(
      members.map(({ memberId }) => memberId),
      topicPartitions,
    );
    return [...shares].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) }),
    }));
  },
  protocol({ topics }) {
    const metadata = AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) });
    return { name: NAME, metadata };
  },
});
