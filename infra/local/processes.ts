import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from './layout.ts';

/** A process that we started. The start time tells it from a later process that got the same pid. */
export type StartedProcess = { readonly pid: number; readonly startTime: string };

/** Starts a command detached, in its own process group, its output appended to `logFile`; it outlives us. */
export function start(command: Command, logFile: string): StartedProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(command.file, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, TZ: 'UTC', ...command.env },
      // The data folder of another user's process may be unreadable from here, and ours from there.
      cwd: '/',
      ...(command.uid === undefined ? {} : { uid: command.uid }),
      ...(command.gid === undefined ? {} : { gid: command.gid }),
    });
    child.on('error', () => {});
    child.unref();
    if (child.pid === undefined) throw new Error(`${command.file} could not be started`);
    return { pid: child.pid, startTime: startTime(child.pid) ?? '' };
  } finally {
    closeSync(log);
  }
}

/** Is the process that we started still running? A zombie is not. */
export function isRunning(started: StartedProcess | undefined): started is StartedProcess {
  return started !== undefined && startTime(started.pid) === started.startTime;
}

/** Signals a process and waits until it is gone; SIGKILL follows after `deadlineMs`. */
export async function stop(started: StartedProcess, signal: NodeJS.Signals, deadlineMs = 10_000): Promise<void> {
  if (!isRunning(started)) return;
  if (signal !== 'SIGKILL') {
    send(started.pid, signal);
    if (await gone(started, deadlineMs)) return;
  }
  killTree(started.pid);
  if (!(await gone(started, 5_000))) throw new Error(`process ${started.pid} does not end, even by SIGKILL`);
}

// A PostgreSQL whose backends outlive it refuses to start again, and they are not of its process group.
function killTree(pid: number): void {
  const children = childrenOf(pid);
  send(pid, 'SIGKILL');
  for (const child of children) send(child, 'SIGKILL');
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function gone(started: StartedProcess, deadlineMs: number): Promise<boolean> {
  const deadline = Date.now() + deadlineMs;
  while (isRunning(started)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

// Field 22 of /proc/PID/stat, counted after the command name, which may itself hold spaces and parentheses.
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process whose first thread is dead may hold its ports until the last thread is.
    const isDead = fields[0] === 'Z' && Number(fields[17]) <= 1;
    return isDead ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
