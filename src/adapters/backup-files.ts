/** Backups on disk: a folder each, which has its name once everything is in it and on the disk. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import {
  type BackupFile,
  type BackupManifest,
  CHECKSUMS,
  checksumIn,
  checksumText,
  isLeftOver,
  isUnfinished,
  MANIFEST,
  manifestText,
  parseManifest,
  unfinishedName,
} from '../domain/backup.ts';
import { ImpactError } from '../domain/errors.ts';

export type BackupFiles = {
  /** Makes the folder of a new backup, and removes what an interrupted one of this namespace has left. */
  begin(folder: string, id: string, namespace: string): Promise<void>;
  /** Compresses and writes one file; resolves when it is on the disk. */
  write(folder: string, id: string, path: string, content: Readable): Promise<Pick<BackupFile, 'bytes' | 'sha256'>>;
  discard(folder: string, id: string, path: string): Promise<void>;
  /** Writes the manifest and gives the backup its name. @returns its path */
  finish(folder: string, manifest: BackupManifest): Promise<string>;
  /** Removes a backup that did not come to its end. */
  abandon(folder: string, id: string): Promise<void>;
  /** Removes all but the newest backups of a namespace. @returns the names of those that are gone */
  prune(folder: string, namespace: string, keep: number): Promise<string[]>;
  /** The manifests of all backups in the folder, the newest last, and the names of unfinished ones. */
  list(folder: string): Promise<{ backups: { path: string; manifest: BackupManifest }[]; unfinished: string[] }>;
  /** @throws ImpactError `unprocessable` when there is none, or when it is not what was written */
  manifest(path: string): Promise<BackupManifest>;
  /** What is wrong with a file; null when every byte is as it was written. */
  fault(path: string, file: BackupFile): Promise<string | null>;
  /** The content. Breaking off early is allowed. */
  read(path: string, file: BackupFile): Readable;
};

const bad = (detail: string, cause?: unknown): ImpactError => new ImpactError('unprocessable', detail, { cause });

/** Passes everything through, and counts and digests it. */
function metered(hash: Hash): Transform & { bytes: number } {
  const meter = Object.assign(
    new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk);
        meter.bytes += chunk.length;
        done(null, chunk);
      },
    }),
    { bytes: 0 },
  );
  return meter;
}

async function onDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}

async function write(folder: string, id: string, path: string, content: Readable) {
  const file = join(folder, unfinishedName(id), path);
  await mkdir(dirname(file), { recursive: true });
  const hash = createHash('sha256');
  const meter = metered(hash);
  await pipeline(content, createZstdCompress(), meter, createWriteStream(file, { flush: true }));
  return { bytes: meter.bytes, sha256: hash.digest('hex') };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function begin(folder: string, id: string, namespace: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const left = (await readdir(folder)).filter((name) => isLeftOver(name, namespace));
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  if (await stat(join(folder, id)).catch(() => null)) throw new ImpactError('conflict', `there is already a backup ${join(folder, id)}`);
  await mkdir(join(folder, unfinishedName(id)));
}

async function writeText(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  await file
    .writeFile(text)
    .then(() => file.sync())
    .finally(() => file.close());
}

async function finish(folder: string, manifest: BackupManifest): Promise<string> {
  const [unfinished, path] = [join(folder, unfinishedName(manifest.id)), join(folder, manifest.id)];
  const text = manifestText(manifest);
  const sha256 = createHash('sha256').update(text).digest('hex');
  await writeText(join(unfinished, MANIFEST), text);
  await writeText(join(unfinished, CHECKSUMS), checksumText([{ path: MANIFEST, sha256 }, ...manifest.files]));
  await onDisk(unfinished);
  await rename(unfinished, path);
  await onDisk(folder);
  return path;
}

async function readManifest(path: string): Promise<BackupManifest> {
  const [text, checksums] = await Promise.all([MANIFEST, CHECKSUMS].map((name) => readFile(join(path, name), 'utf8'))).catch(
    (cause: unknown) => {
      throw bad(`${path} is no backup: it lacks ${MANIFEST} or ${CHECKSUMS}`, cause);
    },
  );
  const digest = createHash('sha256')
    .update(text ?? '')
    .digest('hex');
  if (checksumIn(checksums ?? '', MANIFEST) !== digest)
    throw bad(`${join(path, MANIFEST)} is damaged: its content is not what was written`);
  return parseManifest(text ?? '', join(path, MANIFEST));
}

async function fault(path: string, { path: name, bytes, sha256 }: BackupFile): Promise<string | null> {
  const found = await stat(join(path, name)).catch(() => null);
  if (found === null) return 'is not there';
  if (found.size !== bytes) return `has ${found.size} bytes instead of ${bytes}`;
  return (await digestOf(join(path, name))) === sha256 ? null : 'is damaged: its content is not what was written';
}

async function list(folder: string) {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw bad(`there is no folder ${folder}`, cause);
  });
  const backups: { path: string; manifest: BackupManifest }[] = [];
  for (const name of names.filter((one) => !isUnfinished(one))) {
    const path = join(folder, name);
    const manifest = await readManifest(path).catch(() => null);
    if (manifest !== null) backups.push({ path, manifest });
  }
  return {
    backups: backups.sort((a, b) => a.manifest.cutAt - b.manifest.cutAt),
    unfinished: names.filter(isUnfinished).map((name) => basename(name)),
  };
}

/** A name goes first, so that what is left of an interrupted removal does not look like a backup. */
async function prune(folder: string, namespace: string, keep: number): Promise<string[]> {
  const { backups } = await list(folder);
  const old = backups.filter(({ manifest }) => manifest.namespace === namespace).slice(0, -keep);
  for (const { path, manifest } of old) {
    const leaving = join(folder, unfinishedName(manifest.id));
    await rename(path, leaving);
    await rm(leaving, { recursive: true, force: true });
  }
  return old.map(({ manifest }) => manifest.id);
}

function read(path: string, { path: name }: BackupFile): Readable {
  const source = createReadStream(join(path, name));
  const plain = createZstdDecompress();
  // `pipe` does not hand faults on, and a reader that stops early must not leave the file open.
  source.once('error', (error) => plain.destroy(error));
  plain.once('close', () => source.destroy());
  return source.pipe(plain);
}

export const backupFiles: BackupFiles = {
  begin,
  write,
  discard: (folder, id, path) => rm(join(folder, unfinishedName(id), path), { force: true }),
  finish,
  abandon: (folder, id) => rm(join(folder, unfinishedName(id)), { recursive: true, force: true }),
  prune,
  list,
  manifest: readManifest,
  fault,
  read,
};
