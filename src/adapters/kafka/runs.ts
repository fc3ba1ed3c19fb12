/**
 * Fetched records stay as the broker sends them. kafkajs 2.2.4 makes about ten objects of every record and then filters them twice; the
 * consumers named here get one message for each record batch instead, whose `run` holds the bytes (src/runtime/cursor.ts walks over them).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import type { RecordRun } from '../../runtime/records.ts';

type Decoder = {
  buffer: Buffer;
  offset: number;
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint | { toString(): string };
  readString(): string;
  readArray<T>(decode: (decoder: Decoder) => T): T[];
  readArrayAsync<T>(decode: (decoder: Decoder) => Promise<T>): Promise<T[]>;
};
type Codec = { decompress(packed: Buffer): Promise<Buffer> } | null;
type Protocol = { response: { decode(raw: Buffer): Promise<unknown> } };
type FetchRequests = { protocol(wanted: { version: number }): (args: object) => Protocol };
type ConsumerGroup = { groupId: string };

const load = createRequire(import.meta.url);
const DecoderClass = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const { lookupCodecByAttributes } = load('kafkajs/src/protocol/message/compression') as {
  lookupCodecByAttributes(attributes: number): Codec;
};

/** One record batch in the place of a message. */
export type RunMessage = KafkaMessage & { run: RecordRun };

const FORMAT = 2;
const LOG_APPEND_TIME = 0x8;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** Base offset and length stand before what the length counts. */
const BEFORE_LENGTH = 12;
const MAGIC_AT = 16;
const RECORDS_AT = 61;

const numberAt = (bytes: Buffer, at: number): number => Number(bytes.readBigInt64BE(at));

/** The key of a control record tells commit from abort; it follows length, attributes and two deltas of one byte each. */
const controlKey = (records: Buffer): Buffer => records.subarray(5, 9);

async function messageOf(batch: Buffer): Promise<RunMessage> {
  const attributes = batch.readInt16BE(21);
  const packed = batch.subarray(RECORDS_AT);
  const codec = lookupCodecByAttributes(attributes);
  const bytes = codec ? await codec.decompress(packed) : packed;
  const broker = (attributes & LOG_APPEND_TIME) > 0;
  const baseOffset = numberAt(batch, 0);
  const lastOffset = baseOffset + batch.readInt32BE(23);
  const baseTimestamp = numberAt(batch, broker ? 35 : 27);
  const isControlRecord = (attributes & CONTROL) > 0;
  const run = { bytes, count: batch.readInt32BE(57), baseOffset, lastOffset, baseTimestamp, broker };
  const batchContext = { producerId: String(batch.readBigInt64BE(43)), inTransaction: (attributes & TRANSACTIONAL) > 0 };
  const message = { offset: String(lastOffset), timestamp: String(baseTimestamp), key: isControlRecord ? controlKey(bytes) : null };
  return { ...message, value: null, attributes, headers: {}, isControlRecord, batchContext, run } as RunMessage;
}

/** The record batches of one partition. The last one may be cut off by the size that was asked for: it comes again with the next fetch. */
async function messagesOf(bytes: Buffer): Promise<RunMessage[]> {
  const messages: RunMessage[] = [];
  for (let at = 0; at + RECORDS_AT <= bytes.length; ) {
    const end = at + BEFORE_LENGTH + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    if (bytes[at + MAGIC_AT] !== FORMAT)
      throw new Error(`records in format ${bytes[at + MAGIC_AT]}, expected ${FORMAT} (Kafka 0.11 or newer)`);
    messages.push(await messageOf(bytes.subarray(at, end)));
    at = end;
  }
  return messages;
}

const longText = (decoder: Decoder): string => decoder.readInt64().toString();

async function partitionOf(decoder: Decoder) {
  const head = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: longText(decoder),
    lastStableOffset: longText(decoder),
    lastStartOffset: longText(decoder),
    abortedTransactions: decoder.readArray((one) => ({ producerId: longText(one), firstOffset: longText(one) })),
    preferredReadReplica: decoder.readInt32(),
  };
  const size = decoder.readInt32();
  const bytes = decoder.buffer.subarray(decoder.offset, decoder.offset + Math.max(0, size));
  decoder.offset += Math.max(0, size);
  return { ...head, messages: await messagesOf(bytes) };
}

/** Fetch response 11, as kafkajs decodes it but for the records. */
async function decode(raw: Buffer) {
  const decoder = new DecoderClass(raw);
  const clientSideThrottleTime = decoder.readInt32();
  const [errorCode, sessionId] = [decoder.readInt16(), decoder.readInt32()];
  const responses = await decoder.readArrayAsync(async (one) => ({
    topicName: one.readString(),
    partitions: await one.readArrayAsync(partitionOf),
  }));
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

const VERSION = 11;
const inRuns = new AsyncLocalStorage<true>();
const groups = new Set<string>();
let patched = false;

function patch(): void {
  patched = true;
  const { prototype } = load('kafkajs/src/consumer/consumerGroup') as {
    prototype: { fetch(this: ConsumerGroup, nodeId: string): Promise<unknown> };
  };
  const fetch = prototype.fetch;
  prototype.fetch = function fetchInRuns(nodeId) {
    const ask = (): Promise<unknown> => fetch.call(this, nodeId);
    return groups.has(this.groupId) ? inRuns.run(true, ask) : ask();
  };
  const { Fetch } = (load('kafkajs/src/protocol/requests') as { requests: { Fetch: FetchRequests } }).requests;
  const protocol = Fetch.protocol;
  Fetch.protocol = (wanted) => {
    const make = protocol(wanted);
    return (args) => {
      const made = make(args);
      if (inRuns.getStore() !== true) return made;
      if (wanted.version !== VERSION)
        throw new Error(`the broker speaks fetch version ${wanted.version}, expected ${VERSION} (Kafka 2.3 or newer)`);
      return { ...made, response: { ...made.response, decode } };
    };
  };
}

/** From now on the consumers of this group get record batches as messages. */
export function fetchInRuns(groupId: string): void {
  if (!patched) patch();
  groups.add(groupId);
}
