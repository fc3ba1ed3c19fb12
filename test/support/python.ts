/** A Python of the test's own: a fresh virtual environment with pinned packages. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export type Python = {
  /** Runs a script with `input` on standard input; resolves with what it prints. @throws Error with what it says on standard error */
  run(script: URL, env: Record<string, string>, input: string): Promise<string>;
  /** The same for the text of a program. */
  runText(program: string, env: Record<string, string>): Promise<string>;
  remove(): Promise<void>;
};

async function finished(command: string, given: string[], env: Record<string, string> = {}, input = ''): Promise<string> {
  const child = spawn(command, given, { env: { ...process.env, ...env } });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [out, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${command} ${given.join(' ')} ended with ${code}:\n${complaint}${out}`);
  return out;
}

/** @throws Error saying what to install where there is no python3 with venv */
export async function createPython(requirements: URL): Promise<Python> {
  const folder = await mkdtemp(join(tmpdir(), 'impact-python-'));
  await finished('python3', ['-m', 'venv', folder]).catch((cause: unknown) => {
    throw new Error('this test needs python3 with venv: apt-get install python3-venv', { cause });
  });
  const python = join(folder, 'bin', 'python');
  await finished(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements.pathname]);
  return {
    run: (script, env, input) => finished(python, [script.pathname], env, input),
    runText: (program, env) => finished(python, ['-c', program], env),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
