/**
 * After Postgres was set back to a backup, notify knows less than people do. What came since is taken in without a word; then each group says
 * once what has changed, under a heading that tells why. What waited to be sent when the backup was made may have been sent: it is held back.
 */
import { topicName } from '../../src/domain/names.ts';
import { topics } from '../../src/domain/topics.ts';
import { holdBack, type Resumed } from '../../src/query/notify/restore.ts';
import { type IntakeDeps, type Taken, takeRecords } from './intake.ts';
import { type TellDeps, tellRestored } from './tell.ts';

type Read = { partition: number; offset: bigint; value: Buffer | null };
export type ResumeDeps = IntakeDeps &
  TellDeps & {
    /** Every committed record of a topic that is there now, in order within a partition. */
    readTopic(topic: string, options: { since: number; follow: false }, onRecord: (record: Read) => void): Promise<void>;
  };

const AT_ONCE = 500;

/** The topic's records, some of one partition at a time. */
async function batchesOf(deps: ResumeDeps, topic: string): Promise<Taken[]> {
  const partitions = new Map<number, { offset: number; value: Buffer | null }[]>();
  await deps.readTopic(topic, { since: 0, follow: false }, ({ partition, offset, value }) => {
    const records = partitions.get(partition) ?? [];
    partitions.set(partition, records);
    records.push({ offset: Number(offset), value });
  });
  return [...partitions].flatMap(([partition, records]) =>
    Array.from({ length: Math.ceil(records.length / AT_ONCE) }, (_, i) => ({
      topic,
      partition,
      records: records.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
    })),
  );
}

/** @param cutAt the backup's moment, ms since 1970 */
export async function resumeNotify(deps: ResumeDeps, cutAt: number): Promise<Resumed> {
  let records = 0;
  for (const topic of [topics.alerts, topics.flagChanges])
    for (const batch of await batchesOf(deps, topicName(deps.namespace, topic))) records += await takeRecords(deps, batch);
  const held = await holdBack(deps.postgres);
  return { records, held, tellings: await tellRestored(deps, cutAt) };
}
