/** Archive files on disk: found, read, and written so that a file with its name is whole. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ARCHIVE_KEY, type ArchiveDescription, type ArchiveFile, describe, fileNameOf, parseDescription } from '../domain/archive.ts';
import { ImpactError } from '../domain/errors.ts';
import { AFTER_DIGESTED, ending, entryBytes, entryIn, footerBytes, REPLACED_BYTES } from '../domain/parquet.ts';

/** A file that is complete and does not have its name yet. */
export type PartialFile = { partial: string; path: string; bytes: number };

export type ArchiveFiles = {
  /** The file, or every `.parquet` file of the folder, in order of time. @throws ImpactError `unprocessable` naming a file that is no archive */
  list(path: string): Promise<ArchiveFile[]>;
  /** @throws ImpactError `unprocessable` when a byte of the file is not what it was */
  verify(file: ArchiveFile): Promise<void>;
  open(file: ArchiveFile): Readable;
  /** Writes one file into the folder, which is created where it is missing; it has its name once it is published. */
  write(folder: string, bytes: Readable, description: ArchiveDescription): Promise<PartialFile>;
  /** Gives all files of a day their names, in the place of those that there were. */
  publish(folder: string, files: readonly PartialFile[]): Promise<void>;
};

const SUFFIX = '.parquet';
/** The description and what follows it are shorter than this. */
const END_BYTES = 65_536;

const bad = (detail: string, cause?: unknown): ImpactError => new ImpactError('unprocessable', detail, { cause });

async function lastBytes(file: FileHandle, most: number): Promise<Buffer> {
  const { size } = await file.stat();
  const length = Math.min(size, most);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer;
}

/** SHA-256 of the first `bytes` of a file, hexadecimal. */
async function digestOf(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0) for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function opened<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  return work(file).finally(() => file.close());
}

async function readDescription(path: string): Promise<ArchiveFile> {
  const end = await opened(path, 'r', (file) => lastBytes(file, END_BYTES));
  if (footerBytes(end) === null) throw bad(`${path} is no Parquet file, or it is cut short`);
  const entry = entryIn(end, ARCHIVE_KEY);
  const description = entry && parseDescription(entry.value);
  if (!entry || !description)
    throw bad(`${path} is no archive of events: it lacks the description that impact archive writes into a file, or it is damaged`);
  return { ...description, path, digest: entry.digest };
}

async function paths(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw bad(`there is no file or folder ${path}`, cause);
  });
  if (!found.isDirectory()) return [path];
  return (await readdir(path)).filter((name) => name.endsWith(SUFFIX)).map((name) => join(path, name));
}

async function list(path: string): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  for (const one of await paths(path)) files.push(await readDescription(one));
  return files.sort((a, b) => a.from - b.from);
}

async function verify({ path, digest }: ArchiveFile): Promise<void> {
  const { size } = await stat(path);
  if ((await digestOf(path, size - AFTER_DIGESTED)) === digest) return;
  throw bad(`${path} is damaged: its content is not what was written; restore it from a copy, or archive the day again`);
}

/** Puts the description where the end of the file was, then the digest of all before, and has it on the disk. */
async function complete(partial: string, description: ArchiveDescription): Promise<number> {
  const entry = entryBytes(ARCHIVE_KEY, describe(description));
  return opened(partial, 'r+', async (file) => {
    const [{ size }, footer] = [await file.stat(), footerBytes(await lastBytes(file, REPLACED_BYTES))];
    if (footer === null) throw new ImpactError('unavailable', `clickhouse: the answer ended early, after ${size} bytes`);
    const kept = size - REPLACED_BYTES;
    await file.truncate(kept);
    await file.write(entry, 0, entry.length, kept);
    const last = ending(footer, entry, await digestOf(partial, kept + entry.length));
    await file.write(last, 0, last.length, kept + entry.length);
    await file.sync();
    return kept + entry.length + last.length;
  });
}

async function write(folder: string, bytes: Readable, description: ArchiveDescription): Promise<PartialFile> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, fileNameOf(description));
  const partial = `${path}.partial`;
  try {
    await pipeline(bytes, createWriteStream(partial));
    return { partial, path, bytes: await complete(partial, description) };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

const ofDay = /^(\d{4}-\d{2}-\d{2})(T\d{4})?\.parquet$/;
const dayIn = (name = ''): string | null => ofDay.exec(name)?.[1] ?? null;

/** The day's first file last: so there is at no moment less of the day than there was, and nobody takes a new one for complete too early. */
async function publish(folder: string, files: readonly PartialFile[]): Promise<void> {
  const names = files.map(({ path }) => basename(path));
  for (const { partial, path } of [...files].reverse()) await rename(partial, path);
  const [day, there] = [dayIn(names[0]), await readdir(folder)];
  const stale = there.filter((name) => dayIn(name) !== null && dayIn(name) === day && !names.includes(name));
  await Promise.all(stale.map((name) => rm(join(folder, name))));
}

export const archiveFiles: ArchiveFiles = { list, verify, open: ({ path }) => createReadStream(path), write, publish };
