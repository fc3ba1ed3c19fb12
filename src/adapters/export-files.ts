/** Files of an export: each appears under its name when it is whole, and a list says which there are. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ImpactError } from '../domain/errors.ts';
import type { ExportFormat } from '../domain/export.ts';

export type ExportFiles = {
  /** A text file of the folder; null where there is none. */
  readText(folder: string, name: string): Promise<string | null>;
  /** Takes the place of what there was, in one step. */
  writeText(folder: string, name: string, text: string): Promise<void>;
  /** Takes the place of the file that there was, in one step, when all of it is on the disk. */
  write(folder: string, name: string, bytes: Readable, format: ExportFormat): Promise<{ bytes: number; sha256: string }>;
  remove(folder: string, name: string): Promise<void>;
};

/** What a query that breaks off leaves of a Parquet file does not end like one. */
const PARQUET_END = 'PAR1';

async function endsWell(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4)).finally(() => file.close());
  return buffer.toString('latin1') === PARQUET_END;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Warehouses skip names that begin with a dot, so nobody reads half a file. */
const partialOf = (path: string): string => join(dirname(path), `.${path.split('/').at(-1)}.partial`);

async function write(folder: string, name: string, bytes: Readable, format: ExportFormat): Promise<{ bytes: number; sha256: string }> {
  const path = join(folder, name);
  const partial = partialOf(path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(bytes, format === 'jsonl' ? createGzip() : new PassThrough(), createWriteStream(partial, { flush: true }));
    if (format === 'parquet' && !(await endsWell(partial))) throw new ImpactError('unavailable', 'clickhouse: the answer ended early');
    const [{ size }, sha256] = [await stat(partial), await digestOf(partial)];
    await rename(partial, path);
    return { bytes: size, sha256 };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function writeText(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true });
  const file = await open(partialOf(path), 'w');
  await file
    .writeFile(text)
    .then(() => file.sync())
    .finally(() => file.close());
  await rename(partialOf(path), path);
}

export const exportFiles: ExportFiles = {
  readText: (folder, name) =>
    readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    }),
  writeText,
  write,
  async remove(folder, name) {
    await rm(join(folder, name), { force: true });
    await rmdir(dirname(join(folder, name))).catch(() => undefined);
  },
};
