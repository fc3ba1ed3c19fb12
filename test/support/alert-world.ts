/** One installation with the window and alert stages in processes of their own, which a test may kill, freeze and multiply. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { migratePostgres } from '../../src/adapters/postgres.ts';
import { loadConfig } from '../../src/config.ts';
import type { Transition } from '../../src/domain/alert.ts';
import type { WindowUpdate } from '../../src/domain/window.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { createRule } from '../../src/query/rules.ts';
import { type AlertLoad, loadEnv, loadRule } from './alert-load.ts';
import type { StatefulStageName } from './alerting-stages.ts';
import { type Followed, followAlerts, followWindows } from './committed.ts';
import { testEnv } from './config.ts';
import { eventually } from './eventually.ts';
import { send } from './telemetry.ts';

const EVERY_MS = 600;
const AHEAD = 6;
const script = fileURLToPath(new URL('./alerting-process.ts', import.meta.url));

/** `started` resolves when the stage has joined its group, or the process is gone; `ended` with the signal or exit status. */
export type StageProcess = { child: ChildProcess; started: Promise<void>; ended: Promise<string | number | null> };

export type AlertWorld = {
  alerts: Followed<Transition>;
  windows: Followed<WindowUpdate>;
  /** Starts a process of one stage; `failpoint` kills it at that point. */
  spawn(stage: StatefulStageName, failpoint?: string): StageProcess;
  /** Sends the next slice of the load; false when all has been sent. */
  sendNext(): Promise<boolean>;
  /** Sends slice after slice, but runs only a few ahead of what has been told: a slow machine must not use the load up. Answers how to stop. */
  keepSending(): () => Promise<void>;
  /** Resolves when more windows have been told than now, or all have been. */
  working(): Promise<void>;
  close(): Promise<void>;
};

export async function openAlertWorld(load: AlertLoad, partitions: number, changes: Record<string, string> = {}): Promise<AlertWorld> {
  const env = testEnv({ ...loadEnv, KAFKA_PARTITIONS: String(partitions), ...changes });
  const config = loadConfig(env);
  const adapters = openAdapters(config);
  // A fresh topic is not known to every broker thread at once.
  await eventually(() => ensureTopics(adapters.kafka, config));
  await adapters.registry.registerAll();
  await migratePostgres(adapters.postgres, config);
  await createRule(adapters.postgres, loadRule, { by: 'test', reason: 'test' });
  const [alerts, windows] = await Promise.all([followAlerts(adapters), followWindows(adapters)]);
  const running = new Set<ChildProcess>();
  // Also when a test is given up in the middle: no process may outlive its test.
  onTestFinished(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  let sent = 0;
  const perSlice = load.windows / (load.slices.length - 1);
  const told = (): number => windows.records.filter(({ window }) => window).length;
  async function sendNext(): Promise<boolean> {
    const slice = load.slices[sent];
    if (!slice) return false;
    sent += 1;
    await send(adapters, slice);
    return true;
  }
  return {
    alerts,
    windows,
    sendNext,
    keepSending() {
      let last: Promise<unknown> = Promise.resolve();
      const timer = setInterval(() => {
        if (sent * perSlice - told() < AHEAD * perSlice) last = last.then(sendNext);
      }, EVERY_MS);
      return async () => {
        clearInterval(timer);
        await last;
      };
    },
    async working() {
      const before = windows.records.length;
      await eventually(() => expect(windows.records.length > before || told() >= load.windows).toBe(true), 60_000);
    },
    spawn(stage, failpoint = '') {
      const child = spawn(process.execPath, [script, stage], {
        env: { ...process.env, ...env, IMPACT_FAILPOINT: failpoint },
        stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      });
      running.add(child);
      const ended = new Promise<string | number | null>((resolve) =>
        child.once('exit', (code, signal) => {
          running.delete(child);
          resolve(signal ?? code);
        }),
      );
      const started = new Promise<void>((resolve) => {
        child.once('message', () => resolve());
        child.once('exit', () => resolve());
      });
      return { child, started, ended };
    },
    async close() {
      for (const child of running) child.kill('SIGKILL');
      await Promise.all([alerts.stop(), windows.stop()]);
      await adapters.close();
    },
  };
}
