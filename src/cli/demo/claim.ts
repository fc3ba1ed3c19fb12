/** One demonstration of a name at a time: a second one would delete the first one's data. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ImpactError } from '../../domain/errors.ts';

/** Where logs are, and whose they are: beside the stack's own folder, which goes with the stack. */
export const logsOf = (name: string): string => fileURLToPath(new URL(`../../../.stack/${name}-logs/`, import.meta.url));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The process that has claimed the name; 0 when there is none. One that was killed has left its claim behind. */
function holderOf(file: string): number {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid !== process.pid && isAlive(pid) ? pid : 0;
  } catch {
    return 0;
  }
}

/**
 * Claims a name for this process.
 * @returns a function that gives it up
 * @throws ImpactError `conflict` while another process has it
 */
export function claim(name: string): () => void {
  const file = join(logsOf(name), 'pid');
  const holder = holderOf(file);
  if (holder !== 0)
    throw new ImpactError(
      'conflict',
      `the demonstration ${name} is running already, as process ${holder}: end it, or choose another --name`,
    );
  mkdirSync(logsOf(name), { recursive: true });
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}
