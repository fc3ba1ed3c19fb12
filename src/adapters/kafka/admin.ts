/** Topics and offsets. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, AdminConfig, ITopicConfig, Kafka } from 'kafkajs';
import type { Config } from '../../config.ts';
import { topicName } from '../../domain/names.ts';
import { type TopicKind, topicKinds } from '../../domain/topics.ts';

const DAY_MS = 86_400_000;
/** Dead letters carry a whole foreign message and our headers, so their topic takes more than any other lets in. */
const EVENT_BYTES = 8 * 1024 * 1024;
const DEAD_LETTER_BYTES = 15 * 1024 * 1024;

const settingsOf: Record<TopicKind, Record<string, string>> = {
  events: { 'retention.ms': String(7 * DAY_MS), 'max.message.bytes': String(EVENT_BYTES) },
  derived: { 'retention.ms': String(30 * DAY_MS) },
  // Small segments: only closed ones are compacted, and a restart reads what is not compacted yet.
  changelog: {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0.1',
    'segment.ms': '600000',
    'segment.bytes': String(32 * 1024 * 1024),
    'delete.retention.ms': '600000',
  },
  bad: { 'retention.ms': String(30 * DAY_MS), 'max.message.bytes': String(DEAD_LETTER_BYTES) },
};

function definition(config: Config, topic: string, kind: TopicKind): ITopicConfig {
  const entries = { 'min.insync.replicas': String(config.kafkaMinInSync), ...settingsOf[kind] };
  return {
    topic: topicName(config.namespace, topic),
    numPartitions: config.kafkaPartitions,
    replicationFactor: config.kafkaReplication,
    configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
  };
}

/** Runs `work` with a connected admin client and disconnects it afterwards. @param settings those of the client where it should give up earlier */
export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>, settings: AdminConfig = {}): Promise<T> {
  const admin = kafka.admin(settings);
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export type CommittedOffsets = Awaited<ReturnType<Admin['fetchOffsets']>>;

const COORDINATOR_WITHIN_MS = 10_000;

/** What a group has committed. For a moment after a broker's start nobody feels responsible for a group: it is asked again then. */
export async function committedOffsets(admin: Admin, groupId: string, topics: readonly string[]): Promise<CommittedOffsets> {
  const deadline = performance.now() + COORDINATOR_WITHIN_MS;
  for (;;) {
    try {
      return await admin.fetchOffsets({ groupId, topics: [...topics] });
    } catch (error) {
      if (!(error as { retriable?: boolean }).retriable || performance.now() > deadline) throw error;
      await sleep(POLL_MS);
    }
  }
}

/**
 * Creates our topics that do not exist and waits until each partition has a leader.
 * Existing topics stay as they are: partitions are grown by the operator, who knows what that does to keys.
 */
export async function ensureTopics(kafka: Kafka, config: Config): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topicKinds.map(({ topic, kind }) => definition(config, topic, kind)).filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) await createUnlessThere(admin, missing);
    await haveLeaders(
      admin,
      topicKinds.map(({ topic }) => topicName(config.namespace, topic)),
    );
  });
}

const LEADERS_WITHIN_MS = 30_000;
const POLL_MS = 100;

/** kafkajs can wait for leaders by itself, but gives up when a broker has not heard of a topic yet that was created a moment ago. */
async function haveLeaders(admin: Admin, names: string[]): Promise<void> {
  const deadline = performance.now() + LEADERS_WITHIN_MS;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: names });
      if (topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) throw new Error('topics were created but have no leaders');
    await sleep(POLL_MS);
  }
}

/** Several processes may start at once: a topic that another one has just created is as good as ours. */
async function createUnlessThere(admin: Admin, missing: ITopicConfig[]): Promise<void> {
  try {
    await admin.createTopics({ topics: missing, waitForLeaders: false, timeout: 30_000 });
  } catch (error) {
    if (!alreadyThere(error)) throw error;
  }
}

function alreadyThere(error: unknown): boolean {
  const parts = (error as { errors?: unknown[] }).errors ?? [error];
  return parts.every((part) => (part as { type?: string }).type === 'TOPIC_ALREADY_EXISTS');
}

/** How many partitions a topic (full name) has. */
export function partitionCount(kafka: Kafka, topic: string): Promise<number> {
  return withAdmin(kafka, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  });
}
