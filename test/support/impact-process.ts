/** `impact run` in a process of its own, as an operator starts it, for tests that pull things from under it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../infra/local/ports.ts';
import { eventually } from './eventually.ts';

const program = fileURLToPath(new URL('../../src/cli/launch.mjs', import.meta.url));
const STARTED_MS = 90_000;

export type Readiness = { ready: boolean; stages: { name: string; ready: boolean; reasons: string[] }[] };

export type ImpactProcess = {
  readonly child: ChildProcess;
  /** Where health is served: the API's address, or the observer's. */
  readonly url: string;
  readonly ended: Promise<string>;
  /** Everything that it has written so far. */
  written(): string;
  /** Rejects when nobody answers. */
  readiness(): Promise<Readiness>;
  /** SIGTERM, and the exit code or the signal that ended it. */
  stop(): Promise<string>;
};

/** Its log lines; the one that names the address may come in pieces. */
function listen(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk;
      if (process.env['TEST_LOG_LEVEL']) process.stderr.write(chunk);
    });
  return () => text;
}

/** Why it is not serving yet, or never will. */
async function untilServing(child: ChildProcess, url: string, written: () => string): Promise<void> {
  await eventually(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    await fetch(`${url}/health`);
  }, STARTED_MS);
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`impact run ended:\n${written().slice(-2000)}`);
}

/** Starts `impact run ...args` and waits until it serves its health. */
export async function startImpact(args: readonly string[], env: Record<string, string>): Promise<ImpactProcess> {
  const [port = 0] = await freePorts(1);
  const ports = { API_PORT: String(port), METRICS_PORT: String(port) };
  const child = spawn(process.execPath, [program, 'run', ...args], {
    env: { ...process.env, ...env, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? String(code))));
  const url = `http://127.0.0.1:${port}`;
  const written = listen(child);
  await untilServing(child, url, written);
  return {
    child,
    url,
    ended,
    written,
    readiness: async () => (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(5000) })).json() as Promise<Readiness>,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
