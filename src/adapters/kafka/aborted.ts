/**
 * Repairs how kafkajs 2.2.4 leaves out records of aborted transactions. It takes the broker's list for sorted, which it is not, and
 * one aborted transaction a record, so that of two that overlap, as those of two tasks of one killed process do, records leak to
 * consumers that asked for committed ones only (seen: 12 windows told twice). Here the rule is applied as the protocol has it, and
 * what is to be left out is marked as a control record, which kafkajs hands to nobody and steps over.
 */
import { createRequire } from 'node:module';

type FetchedMessage = {
  offset: string;
  key: Buffer | null;
  isControlRecord?: boolean;
  batchContext?: { producerId: string; inTransaction: boolean };
};
type AbortedTransaction = { producerId: string; firstOffset: string };
type FetchedPartition = { messages: FetchedMessage[]; abortedTransactions?: AbortedTransaction[] | null };
type FetchResponse = { responses: { partitions: FetchedPartition[] }[] };
type Fetch = (this: unknown, request: { isolationLevel: number }) => Promise<FetchResponse>;

const READ_COMMITTED = 1;
/** Key of a control record: version 0, then 0 for abort and 1 for commit. */
const ABORT = Buffer.from([0, 0, 0, 0]);

const byFirstOffset = (a: AbortedTransaction, b: AbortedTransaction): number => (BigInt(a.firstOffset) < BigInt(b.firstOffset) ? -1 : 1);

/** Marks the records of aborted transactions in one fetched partition, and clears the list that kafkajs would misread. */
export function markAborted(partition: FetchedPartition): void {
  const waiting = [...(partition.abortedTransactions ?? [])].sort(byFirstOffset);
  partition.abortedTransactions = [];
  if (waiting.length === 0) return;
  const aborted = new Set<string>();
  for (const message of partition.messages) {
    for (let next = waiting[0]; next && BigInt(next.firstOffset) <= BigInt(message.offset); next = waiting[0]) {
      aborted.add(next.producerId);
      waiting.shift();
    }
    const { producerId = '', inTransaction = false } = message.batchContext ?? {};
    if (message.isControlRecord) {
      if (message.key?.equals(ABORT)) aborted.delete(producerId);
    } else if (inTransaction && aborted.has(producerId)) message.isControlRecord = true;
  }
}

/** Puts the repair between kafkajs's broker and its consumers, once for the process. */
export function leaveOutAborted(): void {
  const broker = createRequire(import.meta.url)('kafkajs/src/broker') as { prototype: { fetch: Fetch; repaired?: true } };
  if (broker.prototype.repaired) return;
  const fetch = broker.prototype.fetch;
  broker.prototype.repaired = true;
  broker.prototype.fetch = async function fetchCommitted(request) {
    const response = await fetch.call(this, request);
    if (request.isolationLevel === READ_COMMITTED)
      for (const { partitions } of response.responses) for (const partition of partitions) markAborted(partition);
    return response;
  };
}
