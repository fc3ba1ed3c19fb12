import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { dropStaleBatches, isCurrent } from '../../src/adapters/kafka/stale.ts';

const load = createRequire(import.meta.url);
const { prototype: group } = load('kafkajs/src/consumer/consumerGroup');
const { prototype: runner } = load('kafkajs/src/consumer/runner');

/** As much of kafkajs's consumer group as a fetch of one partition needs. */
function fakeGroup() {
  const broker = {
    fetch: async () => ({ responses: [{ topicName: 't', partitions: [{ partition: 0, highWatermark: '1', messages: [] }] }] }),
  };
  const positions = () => ({ committedOffsets: () => ({ t: { 0: '0' } }), nextOffset: () => '0' });
  return {
    offsetManager: positions(),
    rejoin() {
      this.offsetManager = positions();
    },
    cluster: { refreshMetadataIfNecessary: async () => {}, findBroker: async () => broker },
    checkForStaleAssignment: () => {},
    subscriptionState: { assigned: () => [{ topic: 't', partitions: [0] }], isPaused: () => false },
    filterPartitionsByNode: (_: string, partitions: unknown) => partitions,
    seekOffsets: async () => {},
    seekOffset: { has: () => false },
    getActiveTopicPartitions: () => ({ t: new Set([0]) }),
    preferredReadReplicasPerTopicPartition: {},
  };
}

/** A runner that is not running says so for every batch that reaches it. */
async function reaches(consumerGroup: object, batch: object): Promise<boolean> {
  let reached = false;
  await runner.handleBatch.call({ consumerGroup, running: false, logger: { debug: () => (reached = true) } }, batch);
  return reached;
}

describe('a batch that was fetched before a rejoin', () => {
  it('is not handed over afterwards, and its end is no position', async () => {
    dropStaleBatches();
    dropStaleBatches();
    const consumerGroup = fakeGroup();
    const [batch] = await group.fetch.call(consumerGroup, '1');
    expect([isCurrent(batch), await reaches(consumerGroup, batch)]).toEqual([true, true]);
    consumerGroup.rejoin();
    expect([isCurrent(batch), await reaches(consumerGroup, batch)]).toEqual([false, false]);
    const [next] = await group.fetch.call(consumerGroup, '1');
    expect([isCurrent(next), await reaches(consumerGroup, next)]).toEqual([true, true]);
  });

  it('is not current when nobody knows who fetched it', () => {
    expect(isCurrent({})).toBe(false);
  });
});
