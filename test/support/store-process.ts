/** One store in a process of its own, so that a test may kill it: configuration from the environment, failpoint from IMPACT_FAILPOINT. */

import { type ChildProcess, spawn } from 'node:child_process';
import { flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config.ts';
import { openStore } from './store.ts';

export type StoreProcess = {
  readonly child: ChildProcess;
  /** Resolves with the signal or exit code that ended it. */
  readonly ended: Promise<string>;
};

/** Tests wait out the membership of killed processes, so it is shorter than any installation would have it. */
export const SHORT_SESSION = { KAFKA_SESSION_TIMEOUT_MS: '1500' };

/** Starts a store. What it logs goes to this process's standard error when TEST_LOG_LEVEL is set. */
export function spawnStore(env: Record<string, string>, failpoint = ''): StoreProcess {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    env: { ...process.env, ...env, IMPACT_FAILPOINT: failpoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? String(code))));
  return { child, ended };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const store = await openStore(loadConfig(process.env), process.env['IMPACT_FAILPOINT'] ?? '');
  // A process that is killed writes nothing down as it ends.
  flushCompileCache();
  process.once('SIGTERM', () => void store.stop().then(() => process.exit(0)));
}
