/** What groups have committed and where partitions end, over one admin connection that is kept open. */
import type { Kafka } from 'kafkajs';
import type { GroupOffset, GroupTopics, Offsets } from '../../runtime/offsets.ts';
import { committedOffsets } from './admin.ts';

type Admin = ReturnType<Kafka['admin']>;
type Bounds = Map<number, { start: number; end: number }>;

async function boundsOf(admin: Admin, topics: Iterable<string>): Promise<Map<string, Bounds>> {
  const asked = [...topics].map(async (topic): Promise<[string, Bounds]> => {
    const partitions = await admin.fetchTopicOffsets(topic);
    return [topic, new Map(partitions.map(({ partition, low, high }) => [partition, { start: Number(low), end: Number(high) }]))];
  });
  return new Map(await Promise.all(asked));
}

async function offsetsOf(admin: Admin, { group, topics }: GroupTopics, bounds: Map<string, Bounds>): Promise<GroupOffset[]> {
  const committed = await committedOffsets(admin, group, topics);
  return committed.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, offset }) => {
      const bound = bounds.get(topic)?.get(partition);
      return bound === undefined ? [] : [{ group, topic, partition, committed: Number(offset) < 0 ? null : Number(offset), ...bound }];
    }),
  );
}

/** A reader of offsets. It connects at the first call; after a failure the next call connects anew. */
export function createOffsets(kafka: Kafka): Offsets {
  let connected: Promise<Admin> | null = null;
  const connect = async (): Promise<Admin> => {
    const admin = kafka.admin({ retry: { retries: 2 } });
    await admin.connect();
    return admin;
  };
  const drop = async (): Promise<void> => {
    const old = connected;
    connected = null;
    await (await old?.catch(() => null))?.disconnect().catch(() => {});
  };
  const readFrom = async (admin: Admin, wanted: readonly GroupTopics[]): Promise<GroupOffset[]> => {
    const bounds = await boundsOf(admin, new Set(wanted.flatMap(({ topics }) => topics)));
    return (await Promise.all(wanted.map((one) => offsetsOf(admin, one, bounds)))).flat();
  };
  return {
    async read(wanted) {
      connected ??= connect();
      try {
        return await readFrom(await connected, wanted);
      } catch (error) {
        await drop();
        throw error;
      }
    },
    close: drop,
  };
}
