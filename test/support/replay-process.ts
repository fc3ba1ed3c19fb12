/** `impact replay` as an operator runs it: a process of its own, that a test may kill. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli/launch.mjs', import.meta.url));

export type ReplayProcess = {
  /** SIGKILL: no handler runs. */
  kill(): void;
  /** The exit code or the signal that ended it, and all that it wrote. */
  readonly ended: Promise<{ how: string; written: string }>;
};

/** @param failpoint where it kills itself; empty: nowhere */
export function spawnReplay(args: readonly string[], env: Record<string, string>, failpoint = ''): ReplayProcess {
  const child = spawn(process.execPath, [program, 'replay', ...args], {
    env: { ...process.env, ...env, IMPACT_FAILPOINT: failpoint },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      written += chunk;
    });
  const ended = new Promise<{ how: string; written: string }>((resolve) =>
    child.once('close', (code, signal) => resolve({ how: signal ?? String(code), written })),
  );
  return { kill: () => void child.kill('SIGKILL'), ended };
}
