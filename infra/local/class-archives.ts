import { existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cachedComponent } from './layout.ts';

/** What runs on a JVM. Parsing and checking its classes is half of its start; an archive keeps them parsed and checked. */
export const archived = ['kafka', 'registry'] as const;
export type Archived = (typeof archived)[number];

/** The archive of a component's classes, which archive-classes.ts makes. */
export const archiveFile = (name: Archived): string => join(cachedComponent(name), 'classes.jsa');

/** A JVM has much to say of classes that it cannot archive, and of archives that it cannot use and therefore does without. */
export const silent = ['-Xlog:cds=off', '-Xlog:cds+dynamic=off'];

/** What a JVM is told so that it reads the archive, where there is one. */
export function classArchive(name: Archived): string[] {
  const file = archiveFile(name);
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`, '-Xshare:auto', ...silent] : [];
}

/** Is there no archive, or one of an earlier Java? */
export function isStale(name: Archived): boolean {
  const file = archiveFile(name);
  if (!existsSync(file)) return true;
  const folder = (process.env['PATH'] ?? '').split(delimiter).find((one) => existsSync(join(one, 'java')));
  // A package's files are as old as the package; what tells is when they came here.
  return folder !== undefined && statSync(realpathSync(join(folder, 'java'))).ctimeMs > statSync(file).mtimeMs;
}
