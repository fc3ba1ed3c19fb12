/**
 * Fetched records stay as the broker sends them. kafkajs 2.2.4 makes about ten objects of every record and then filters them twice; the
 * groups named here get one message for each record batch instead, whose `run` holds the bytes (src/runtime/cursor.ts walks over them).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type { RecordRun } from '../../runtime/records.ts';
import { at, HEADER_BYTES, type Message } from './batch-format.ts';

type Codec = { decompress(packed: Buffer): Promise<Buffer> } | null;
type ConsumerGroup = { groupId: string };
type Fetch = (this: ConsumerGroup, nodeId: string) => Promise<unknown>;

const load = createRequire(import.meta.url);
const { lookupCodecByAttributes } = load('kafkajs/src/protocol/message/compression') as {
  lookupCodecByAttributes(attributes: number): Codec;
};
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => { buffer: Buffer };

/** One record batch in the place of a message. */
export type RunMessage = Message & { run: RecordRun };

const LOG_APPEND_TIME = 0x8;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** The key of a control record tells commit from abort; it follows length, attributes and two deltas of one byte each. */
const controlKey = (records: Buffer): Buffer => records.subarray(5, 9);

/** @throws what unpacking throws */
export async function runMessage(batch: Buffer): Promise<RunMessage> {
  const attributes = batch.readInt16BE(at.attributes);
  const packed = batch.subarray(HEADER_BYTES);
  const codec = lookupCodecByAttributes(attributes);
  const bytes = codec ? await codec.decompress(packed) : packed;
  const broker = (attributes & LOG_APPEND_TIME) !== 0;
  const baseOffset = Number(batch.readBigInt64BE(0));
  const lastOffset = baseOffset + batch.readInt32BE(at.lastOffsetDelta);
  const baseTimestamp = Number(batch.readBigInt64BE(broker ? at.maxTimestamp : at.firstTimestamp));
  const isControlRecord = (attributes & CONTROL) !== 0;
  return {
    key: isControlRecord ? controlKey(bytes) : null,
    value: null,
    timestamp: String(baseTimestamp),
    offset: String(lastOffset),
    isControlRecord,
    batchContext: { producerId: String(batch.readBigInt64BE(at.producerId)), inTransaction: (attributes & TRANSACTIONAL) !== 0 },
    run: { bytes, count: batch.readInt32BE(at.count), baseOffset, lastOffset, baseTimestamp, broker },
  };
}

/** A single record as a run. */
export function runOfOne(message: Message): RunMessage {
  const [offset, timestamp] = [Number(message.offset), Number(message.timestamp)];
  const { buffer: bytes } = encodeRecord({ offsetDelta: 0, timestampDelta: 0, key: message.key, value: message.value });
  return { ...message, run: { bytes, count: 1, baseOffset: offset, lastOffset: offset, baseTimestamp: timestamp, broker: false } };
}

const fetching = new AsyncLocalStorage<true>();
const groups = new Set<string>();

/** Whether what is being fetched now is for a group that gets runs. */
export const wantsRuns = (): boolean => fetching.getStore() === true;

function patch(): void {
  const { prototype } = load('kafkajs/src/consumer/consumerGroup') as { prototype: { fetch: Fetch } };
  const fetch = prototype.fetch;
  prototype.fetch = function fetchForGroup(nodeId) {
    return groups.has(this.groupId) ? fetching.run(true, () => fetch.call(this, nodeId)) : fetch.call(this, nodeId);
  };
}

/** From now on the consumers of this group get record batches as messages. */
export function fetchInRuns(groupId: string): void {
  if (groups.size === 0) patch();
  groups.add(groupId);
}
