/** Through kafkajs's own module: what it finds there is what has been put in its place. */
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { takeBatchesApart } from '../../src/adapters/kafka/batches.ts';
import { readAllCompressions } from '../../src/adapters/kafka/compression.ts';
import { standsFor } from '../../src/domain/unreadable.ts';

type Message = { offset: string; key: Buffer | null; value: Buffer; batchContext: { inTransaction: boolean; producerId: string } };
type Decoder = object;
type Encoder = { buffer: Buffer };

const load = createRequire(import.meta.url);
const KafkaDecoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder;
const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch(batch: object): Promise<Encoder> };

const MOST = 1_048_576;
const GZIP = 1;

beforeEach(() => {
  readAllCompressions(MOST);
  takeBatchesApart(MOST);
});

/** As kafkajs does it: what a fetch yields of one partition. */
const decode = (decoder: Decoder): Promise<Message[]> =>
  (load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (decoder: Decoder) => Promise<Message[]>)(decoder);

const sized = (...batches: Buffer[]): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(Buffer.concat(batches).length);
  return Buffer.concat([size, ...batches]);
};

const partition = (...batches: Buffer[]): Promise<Message[]> => decode(new KafkaDecoder(sized(...batches)));

async function batch(firstOffset: number, values: readonly Buffer[], about: object = {}): Promise<Buffer> {
  const records = values.map((value, offsetDelta) => encodeRecord({ offsetDelta, key: Buffer.from('k'), value }));
  return (await RecordBatch({ firstOffset, lastOffsetDelta: values.length - 1, records, ...about })).buffer;
}

const large = [Buffer.alloc(600_000), Buffer.alloc(600_000)];
const offsets = (messages: readonly Message[]): string[] => messages.map(({ offset }) => offset);

describe('the batches of a partition', () => {
  it('are read one after the other, save one that is cut off', async () => {
    const [first, second] = [
      await batch(7, [Buffer.from('a'), Buffer.from('b')], { compression: GZIP }),
      await batch(9, [Buffer.from('c')]),
    ];
    const messages = await partition(first, second, second.subarray(0, -1));
    expect(messages.map(({ offset, value }) => [offset, String(value)])).toEqual([
      ['7', 'a'],
      ['8', 'b'],
      ['9', 'c'],
    ]);
  });

  it('may hold more records than a function takes arguments', async () => {
    const many = Array.from({ length: 200_000 }, () => Buffer.from('x'));
    expect(offsets(await partition(await batch(0, many))).at(-1)).toBe('199999');
  });

  it('that unpack to more than is allowed are one record that says so, and the next batch is read', async () => {
    const about = { compression: GZIP, transactional: true, producerId: 42 };
    const [refused, ...rest] = await partition(await batch(10, large, about), await batch(12, [Buffer.from('fine')]));
    expect(refused).toMatchObject({ offset: '11', key: null, batchContext: { inTransaction: true, producerId: '42' } });
    expect(standsFor(refused?.value ?? Buffer.alloc(0))).toMatch(/^offsets 10 to 11, 2 records in \d+ bytes: more than 1048576 bytes$/);
    expect(offsets(rest)).toEqual(['12']);
  });

  it('that are not what they say, or are of too many records, are refused in the same way', async () => {
    const good = await batch(0, [Buffer.from('abc')], { compression: GZIP });
    const torn = Buffer.from(good).fill(0xff, 61);
    expect((await partition(torn)).map(({ value }) => standsFor(value))).toEqual([expect.stringContaining('header')]);
    const claim = Buffer.from(good);
    claim.writeInt32BE(2_000_000_000, 57);
    expect((await partition(claim)).map(({ value }) => standsFor(value))).toEqual([expect.stringContaining('more than 4096 records')]);
  });

  it('wait for the next fetch once the answer has grown to the limit, but none starves', async () => {
    const [one, two] = [await batch(0, [Buffer.alloc(700_000)], { compression: GZIP }), await batch(1, [Buffer.alloc(700_000)])];
    const other = await batch(5, [Buffer.from('small')]);
    const decoder = new KafkaDecoder(Buffer.concat([sized(one, two, two), sized(other, other)]));
    expect(offsets(await decode(decoder))).toEqual(['0', '1']);
    expect(offsets(await decode(decoder))).toEqual(['5']);
  });

  it('of a partition without any are none', async () => {
    expect(await decode(new KafkaDecoder(Buffer.from([0, 0, 0, 0])))).toEqual([]);
  });
});

it('what is sent is still packed with gzip', async () => {
  const packed = await batch(0, [Buffer.from('abc')], { compression: GZIP });
  expect(packed.subarray(61, 63)).toEqual(gzipSync('').subarray(0, 2));
});
