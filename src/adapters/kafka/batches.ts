/**
 * Takes the answer to a fetch apart, in place of kafkajs 2.2.4, for which one batch can be the end of a process: it unpacks all batches of an
 * answer at once, whatever they grow to; it hands the records of a batch over as arguments of one call, of which there may be some 120,000; and
 * on a batch that cannot be read it begins anew, for ever. Here, a batch that cannot be read becomes one record that says so.
 */
import { createRequire } from 'node:module';
import { standIn } from '../../domain/unreadable.ts';
import { at, BEFORE_BYTES, HEADER_BYTES, type Message } from './batch-format.ts';
import { type RunMessage, runMessage, runOfOne, wantsRuns } from './runs.ts';

type Decoder = {
  buffer: Buffer;
  offset: number;
  readInt32(): number;
  canReadBytes(size: number): boolean;
  readBytes(size: number): Buffer;
};
type Decode = (decoder: Decoder) => Promise<Message[]>;
type Batch = { records: Message[] };

const MAGIC = 2;
const COMPRESSED = 0x07;
const TRANSACTIONAL = 0x10;
/** What a record takes beyond its key and value, once it is an object. */
const RECORD_BYTES = 256;

const load = createRequire(import.meta.url);
const KafkaDecoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const decodeBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: Decoder) => Promise<Batch>;
const decodeMessages = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages';

const memoryOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, message) => sum + RECORD_BYTES + (message.key?.length ?? 0) + (message.value?.length ?? 0) + runBytes(message), 0);

const runBytes = (message: Message | RunMessage): number => ('run' in message ? message.run.bytes.length : 0);

/** A record at the last offset of the batch, so that whoever reads goes on behind it. */
function inPlaceOf(batch: Buffer, error: Error): Message {
  const [first, delta, count] = [batch.readBigInt64BE(0), batch.readInt32BE(at.lastOffsetDelta), batch.readInt32BE(at.count)];
  const last = first + BigInt(delta);
  const inTransaction = (batch.readInt16BE(at.attributes) & TRANSACTIONAL) !== 0;
  const record = {
    key: null,
    value: Buffer.from(standIn(`offsets ${first} to ${last}, ${count} records in ${batch.length} bytes: ${error.message}`)),
    magicByte: MAGIC,
    attributes: 0,
    timestamp: String(batch.readBigInt64BE(at.maxTimestamp)),
    offset: String(last),
    headers: {},
    isControlRecord: false,
    batchContext: { producerId: String(batch.readBigInt64BE(at.producerId)), inTransaction },
  };
  return record;
}

function refuseTooMany(batch: Buffer, most: number): void {
  const mostRecords = Math.floor(most / RECORD_BYTES);
  const packed = (batch.readInt16BE(at.attributes) & COMPRESSED) !== 0;
  if (packed && batch.readInt32BE(at.count) > mostRecords) throw new RangeError(`more than ${mostRecords} records`);
}

/** The records of one whole batch, or the record in their place. @param most bytes that it may unpack to */
async function messagesOf(batch: Buffer, most: number): Promise<Message[]> {
  try {
    refuseTooMany(batch, most);
    return wantsRuns() ? [await runMessage(batch)] : (await decodeBatch(new KafkaDecoder(batch))).records;
  } catch (error) {
    const record = inPlaceOf(batch, error as Error);
    return [wantsRuns() ? runOfOne(record) : record];
  }
}

/** The batches that are there in full: the last one is often cut off. */
function* wholeBatches(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from + HEADER_BYTES <= bytes.length; ) {
    const end = from + BEFORE_BYTES + bytes.readInt32BE(from + at.length);
    if (end > bytes.length) return;
    yield bytes.subarray(from, end);
    from = end;
  }
}

/** What the answers that are being taken apart have grown to. All partitions of an answer come through one decoder, one after the other. */
const grown = new WeakMap<Decoder, number>();

/**
 * The records of one partition in an answer. Once the answer has grown to `most`, a partition gets no more than its first batch: the rest is
 * fetched again when these have been dealt with.
 */
async function partitionOf(decoder: Decoder, most: number): Promise<Message[]> {
  const size = decoder.readInt32();
  if (size <= 0 || !decoder.canReadBytes(size)) return [];
  const messages: Message[] = [];
  for (const batch of wholeBatches(decoder.readBytes(size))) {
    if (messages.length > 0 && (grown.get(decoder) ?? 0) >= most) break;
    const records = await messagesOf(batch, most);
    for (const record of records) messages.push(record);
    grown.set(decoder, (grown.get(decoder) ?? 0) + memoryOf(records));
  }
  return messages;
}

/** Messages of brokers before 0.11 are left to kafkajs. */
function isOld({ buffer, offset }: Decoder): boolean {
  const magic = offset + 4 + at.magic;
  return buffer.length > magic && buffer.readInt32BE(offset) > 0 && buffer.readInt8(magic) !== MAGIC;
}

let limit = 0;

/** For every client in this process, before the first one fetches; the last call counts. @param most bytes that a batch may unpack to */
export function takeBatchesApart(most: number): void {
  if (limit === 0) {
    const file = load.resolve(decodeMessages);
    const decodeOld = load(decodeMessages) as Decode;
    const module = load.cache[file];
    if (!module) throw new Error('kafkajs has changed: its decoding of messages is not where it was');
    module.exports = (decoder: Decoder) => (isOld(decoder) ? decodeOld(decoder) : partitionOf(decoder, limit));
  }
  limit = most;
}
