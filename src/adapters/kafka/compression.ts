/**
 * Whatever a sender has compressed with is read, up to a size: kafkajs itself knows gzip only, so that one batch of another kind would stop a
 * consumer for good, and it unpacks without a limit, so that a megabyte may become a gigabyte.
 */
import { promisify } from 'node:util';
import { constants, unzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { unpackLz4 } from '../../domain/lz4.ts';
import { unpackSnappy } from './snappy.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;

type Packed = { buffer: Buffer };
type Codec = { compress(packed: Packed): Promise<Buffer>; decompress(packed: Buffer): Promise<Buffer> };

/** We send gzip. */
const readOnly = (unpack: (packed: Buffer) => Buffer) => (): Codec => ({
  compress: async () => {
    throw new Error('this compression is read, not written');
  },
  decompress: async (packed) => unpack(packed),
});

/** zlib says it in words of its own. */
const bounded = (most: number, work: Promise<Buffer>): Promise<Buffer> =>
  work.catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? new RangeError(`more than ${most} bytes`) : error;
  });

const packGzip = (CompressionCodecs[CompressionTypes.GZIP] as () => Codec)().compress;

/** A window is never larger than what is in it, and zstd asks for its memory first. */
const zstdWindow = (most: number) => ({ [constants.ZSTD_d_windowLogMax]: Math.ceil(Math.log2(most)) });

/** For every client in this process; the last call counts. @param most bytes that a batch may unpack to */
export function readAllCompressions(most: number): void {
  const options = { maxOutputLength: most };
  CompressionCodecs[CompressionTypes.Snappy] = readOnly((packed) => unpackSnappy(packed, most));
  CompressionCodecs[CompressionTypes.LZ4] = readOnly((packed) => Buffer.from(unpackLz4(packed, most)));
  CompressionCodecs[CompressionTypes.GZIP] = (): Codec => ({
    compress: packGzip,
    decompress: (packed) => bounded(most, promisify(unzip)(packed, options)),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = (): Codec => ({
    compress: ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: (packed) => bounded(most, promisify(zstdDecompress)(packed, { ...options, params: zstdWindow(most) })),
  });
}
