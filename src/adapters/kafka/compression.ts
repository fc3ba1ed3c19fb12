/** Whatever a sender has compressed with is read; kafkajs itself knows gzip only, and one batch of another kind would stop a consumer for good. */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { unpackLz4 } from '../../domain/lz4.ts';
import { unpackSnappy } from '../../domain/snappy.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;

type Packed = { buffer: Buffer };

/** We send gzip. */
const readOnly = (unpack: (packed: Buffer) => Buffer) => () => ({
  compress: async (): Promise<Buffer> => {
    throw new Error('this compression is read, not written');
  },
  decompress: async (packed: Buffer): Promise<Buffer> => unpack(packed),
});

/** For every client in this process; again changes nothing. */
export function readAllCompressions(): void {
  CompressionCodecs[CompressionTypes.Snappy] = readOnly((packed) => Buffer.concat(unpackSnappy(packed)));
  CompressionCodecs[CompressionTypes.LZ4] = readOnly((packed) => Buffer.from(unpackLz4(packed)));
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: Packed) => promisify(zstdCompress)(buffer),
    decompress: (packed: Buffer) => promisify(zstdDecompress)(packed),
  });
}
