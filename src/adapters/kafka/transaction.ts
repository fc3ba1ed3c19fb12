/**
 * Transactions of a task. kafkajs does not send the group's generation with transactional offsets (no KIP-447), so the
 * transactional id alone shuts out a zombie: it is derived from what the task owns.
 */
import { randomUUID } from 'node:crypto';
import {
  CompressionTypes,
  type Kafka,
  type Transaction as KafkaTransaction,
  type Message,
  type Producer,
  type TopicMessages,
} from 'kafkajs';
import { topics } from '../../domain/topics.ts';
import type { Failpoint } from '../../runtime/failpoint.ts';
import type { Ledger, Transaction } from '../../runtime/stateful.ts';
import type { Changelog } from './changelog.ts';
import { type Layout, readLayout } from './layout.ts';
import { asKafka, kafkaError } from './outage.ts';

/** All names are full ones, save those of `outputs`. */
export type TransactionOptions = {
  stage: string;
  group: string;
  changelog: string;
  outputs?: readonly string[];
  fullName: (topic: string) => string;
};

/** Where a stage may say something unless it names other topics, without the namespace. */
const usualOutputs = [topics.windows, topics.alerts, topics.lateEvents];
const BARRIER_KEY = '__barrier';
const TIMEOUT_MS = 30_000;
/** A producer's batch for one partition is one request; the broker takes 1 MB by default. */
const SLICE_BYTES = 512 * 1024;
const WORTH_COMPRESSING_BYTES = 1024;

function createProducer(kafka: Kafka, group: string, partition: number): Producer {
  return kafka.producer({
    transactionalId: `${group}-${partition}`,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: TIMEOUT_MS,
    allowAutoTopicCreation: false,
    // The coordinator answers "not yet" for a few milliseconds after each transaction; kafkajs's defaults would wait 300.
    retry: { initialRetryTime: 5, retries: 40, maxRetryTime: 500 },
  });
}

type Sized = { topic: string; message: Message & { partition: number }; bytes: number };

/** Every message with its partition. */
function messagesOf(
  { state, outputs }: Transaction,
  partition: number,
  { changelog, fullName }: TransactionOptions,
  layout: Layout,
): Sized[] {
  const deltas = [...state].map(([key, value]) => ({
    topic: changelog,
    message: { key, value, partition },
    bytes: key.length + (value?.length ?? 0),
  }));
  const said = outputs.map(({ topic, ...output }) => {
    const message = { ...output, partition: layout.partitionOf(fullName(topic), output) };
    return { topic: fullName(topic), message, bytes: output.value.length };
  });
  return [...deltas, ...said];
}

/** Requests of bounded size; within a topic, the order stays. */
function slices(messages: readonly Sized[]): Sized[][] {
  const result: Sized[][] = [[]];
  let bytes = 0;
  for (const one of messages) {
    if (bytes > 0 && bytes + one.bytes > SLICE_BYTES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)?.push(one);
    bytes += one.bytes + 100;
  }
  return result;
}

function topicMessages(slice: readonly Sized[]): TopicMessages[] {
  return [...Map.groupBy(slice, ({ topic }) => topic)].map(([topic, group]) => ({ topic, messages: group.map(({ message }) => message) }));
}

/**
 * A send that goes to several brokers at once is not safe in kafkajs: when one of them refuses for a moment, it sends everything again that has
 * not been answered, although it is under way (seen: each window of a step twice in one transaction), and leaves out what has moved to a broker
 * that has answered. So there is one partition in each send, unless there is only one broker.
 */
function sends(messages: readonly Sized[], { brokers }: Layout): Sized[][] {
  if (brokers === 1) return slices(messages);
  return [...Map.groupBy(messages, ({ topic, message }) => `${topic}/${message.partition}`).values()].flatMap(slices);
}

async function sendAll(transaction: KafkaTransaction, messages: readonly Sized[], layout: Layout): Promise<void> {
  for (const slice of sends(messages, layout)) {
    const bytes = slice.reduce((sum, one) => sum + one.bytes, 0);
    const compression = bytes > WORTH_COMPRESSING_BYTES ? CompressionTypes.GZIP : CompressionTypes.None;
    await transaction.sendBatch({ acks: -1, compression, topicMessages: topicMessages(slice) });
  }
}

async function commit(
  producer: Producer,
  layout: Layout,
  work: Transaction,
  partition: number,
  options: TransactionOptions,
  failpoint: Failpoint,
): Promise<void> {
  const transaction = await producer.transaction();
  failpoint(`${options.stage}.4-before-send`);
  await sendAll(transaction, messagesOf(work, partition, options, layout), layout);
  failpoint(`${options.stage}.5-after-send`);
  // Offsets after records: the other way round the coordinator often refuses.
  const topics = [...work.offsets].map(([topic, offset]) => ({
    topic: options.fullName(topic),
    partitions: [{ partition, offset: String(offset) }],
  }));
  if (topics.length > 0) await transaction.sendOffsets({ consumerGroupId: options.group, topics });
  failpoint(`${options.stage}.6-after-offsets`);
  await transaction.commit();
}

/** Opening the producer shuts out its predecessor and ends what that had begun; the barrier then stands behind all that was committed. */
async function writeBarrier(producer: Producer, changelog: string, partition: number): Promise<bigint> {
  const transaction = await producer.transaction();
  const [written] = await transaction.send({
    topic: changelog,
    acks: -1,
    messages: [{ key: BARRIER_KEY, value: randomUUID(), partition }],
  });
  await transaction.commit();
  return BigInt(written?.baseOffset ?? 0);
}

/** Opens the changelog of a partition exclusively and reads what it holds. @throws ImpactError `unavailable`; open anew then */
export async function openLedger(
  kafka: Kafka,
  changelog: Changelog,
  partition: number,
  options: TransactionOptions,
  failpoint: Failpoint,
): Promise<Ledger> {
  const producer = createProducer(kafka, options.group, partition);
  try {
    await producer.connect();
    const layout = await readLayout(kafka, (options.outputs ?? usualOutputs).map(options.fullName));
    const barrier = await writeBarrier(producer, options.changelog, partition);
    failpoint(`${options.stage}.2-after-fence`);
    const entries = await changelog.read(partition, barrier);
    entries.delete(BARRIER_KEY);
    return {
      entries,
      commit: (work) => asKafka(commit(producer, layout, work, partition, options, failpoint)),
      close: () => producer.disconnect(),
    };
  } catch (error) {
    await producer.disconnect().catch(() => {});
    throw kafkaError(error);
  }
}
