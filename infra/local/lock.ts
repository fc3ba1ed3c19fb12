import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stackDir } from './layout.ts';

/** Runs `work` while no other process changes the same stack; waits its turn for up to three minutes. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  // Beside the stack's folder, not in it: `down --wipe` deletes that.
  const file = `${stackDir(name)}.lock`;
  await take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the file for this process, also from a process that is no more. @returns null, or the process that has it */
export function tryLock(file: string): number | null {
  mkdirSync(dirname(file), { recursive: true });
  if (create(file)) return null;
  const pid = holder(file);
  if (isAlive(pid)) return pid;
  rmSync(file, { force: true });
  return create(file) ? null : holder(file);
}

async function take(file: string): Promise<void> {
  const deadline = Date.now() + 180_000;
  for (let pid = tryLock(file); pid !== null; pid = tryLock(file)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} holds ${file} for too long`);
    await sleep(100);
  }
}

function create(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holder(file: string): number {
  try {
    // Empty for the instant between its creation and its content: that counts as our own, alive.
    return Number(readFileSync(file, 'utf8') || process.pid);
  } catch {
    return process.pid;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
