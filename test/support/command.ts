/** The `impact` command as a user runs it: a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli/launch.mjs', import.meta.url));

export type Ended = { status: number | null; out: string; err: string };

/** Runs one command line to its end; no input, no terminal. `env` is added to the environment of the tests. */
export function impactCommand(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const seen = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    seen.out += data;
  });
  child.stderr.on('data', (data) => {
    seen.err += data;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...seen }));
  });
}
