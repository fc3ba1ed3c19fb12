/** Processes that do not outlive this one. Each leads a group of its own, so that nothing that it has started is left behind either. */
import { type ChildProcess, spawn } from 'node:child_process';

const running = new Set<ChildProcess>();

/** Nobody may be left in the group. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** For an end that comes before ours have been stopped: by a second Ctrl-C, or by a fault. */
function killAll(): void {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

/**
 * Starts a process that writes to `output`, a file descriptor.
 * Its standard input is a pipe that nobody writes to: it ends with this process, even where this one is killed and cannot do anything about it.
 */
export function startGuarded(command: string, args: readonly string[], env: NodeJS.ProcessEnv, output: number): ChildProcess {
  if (running.size === 0) process.once('exit', killAll);
  const child = spawn(command, args, { env, detached: true, stdio: ['pipe', output, output] });
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killAll);
  });
  return child;
}

/**
 * Asks a process to end, and after `withinMs` ends it and all that it has started. Resolves when it is gone.
 * @returns whether it ended by itself, as it should
 */
export async function stopGuarded(child: ChildProcess, withinMs: number): Promise<boolean> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return true;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), withinMs);
  await ended;
  clearTimeout(timer);
  signalGroup(child, 'SIGKILL');
  return child.signalCode !== 'SIGKILL';
}
