/** A program of the benchmark in a process of its own, to which one talks in lines. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type Talking = {
  /** The next line that it writes. */
  hear(): Promise<string>;
  say(line: string): void;
  stop(): Promise<void>;
};

/** Starts a program of this folder, and waits until it says that it is ready. */
export async function startTalking(file: string, args: readonly string[]): Promise<Talking> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hear = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${file} ${args[0] ?? ''} has ended`);
    return value;
  };
  while ((await hear()) !== 'ready');
  return {
    hear,
    say: (line) => void child.stdin.write(`${line}\n`),
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
