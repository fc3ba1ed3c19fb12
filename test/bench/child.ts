/** A stage of ours in a process of its own, as an operator would run it, so that the benchmark's own work does not slow it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli/launch.mjs', import.meta.url));

/** As the program's own first line has it. */
const nodeOptions = /^#!.* -S node (.*)$/m.exec(readFileSync(program, 'utf8'))?.[1]?.split(' ') ?? [];

export type Child = {
  /** Resident memory, bytes. */
  memoryBytes(): number;
  /** Processor time since its start, seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
};

const residentBytes = (child: ChildProcess): number => {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
};

/** Linux counts in hundredths of a second; the fields stand after the name, which may hold anything. */
const processorSeconds = (child: ChildProcess): number => {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** Runs `impact run <stages>` with the environment's configuration on top of this process's. */
export function runStages(stages: readonly string[], env: Record<string, string>): Child {
  const child = spawn(process.execPath, [...nodeOptions, program, 'run', ...stages], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    memoryBytes: () => residentBytes(child),
    cpuSeconds: () => processorSeconds(child),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
