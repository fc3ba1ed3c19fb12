/**
 * Makes the archives of classes that are missing or stale: starts what they belong to once, in a stack of its own.
 * `--check` only says whether there is anything to do: "fresh" or "stale".
 */
import { renameSync, rmSync } from 'node:fs';
import { type Archived, archived, archiveFile, isStale, silent } from './class-archives.ts';
import { nodesOf, type StackLayout } from './layout.ts';
import { untilReady } from './nodes.ts';
import { isRunning, start, stop } from './processes.ts';
import { components, planLayout, wipe } from './state.ts';

/** The classes are written down while the JVM ends, which takes seconds. */
const WRITTEN_WITHIN_MS = 60_000;

if (process.argv.includes('--check')) console.log(archived.some(isStale) ? 'stale' : 'fresh');
else await archiveClasses();

async function archiveClasses(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  const stack = await planLayout(`archives-${process.pid}`, false, 'free');
  process.once('exit', () => wipe(stack));
  await Promise.all(archived.filter(isStale).map((name) => archive(name, stack)));
}

/** Written beside and then renamed, so that an archive that exists is whole: other checkouts may do the same now. */
async function archive(name: Archived, stack: StackLayout): Promise<void> {
  const [node] = nodesOf(stack, name);
  if (node === undefined) return;
  const { prepare, command } = components[name];
  const partial = `${archiveFile(name)}.${process.pid}`;
  // A JVM that reads an archive writes none.
  rmSync(archiveFile(name), { force: true });
  await prepare(node, stack);
  const jvm = command(node, stack);
  // Nothing runs long enough here to be worth optimising.
  const args = [`-XX:ArchiveClassesAtExit=${partial}`, '-XX:TieredStopAtLevel=1', ...silent, ...jvm.args];
  const started = start({ ...jvm, args }, node.logFile);
  process.once('exit', () => {
    if (isRunning(started)) process.kill(started.pid, 'SIGKILL');
    rmSync(partial, { force: true });
  });
  await untilReady(stack, node, started);
  await stop(started, 'SIGTERM', WRITTEN_WITHIN_MS);
  renameSync(partial, archiveFile(name));
}
