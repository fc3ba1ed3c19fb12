/** One installation with the window and alert stages in processes of their own, which a test may kill, freeze and multiply. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { migratePostgres } from '../../src/adapters/postgres.ts';
import { loadConfig } from '../../src/config.ts';
import type { Transition } from '../../src/domain/alert.ts';
import type { WindowUpdate } from '../../src/domain/window.ts';
import { openAdapters } from '../../src/main.ts';
import { createRule } from '../../src/query/rules.ts';
import { type AlertLoad, loadEnv, loadRule } from './alert-load.ts';
import type { StatefulStageName } from './alerting-stages.ts';
import { type Followed, followAlerts, followWindows } from './committed.ts';
import { testEnv } from './config.ts';
import { eventually } from './eventually.ts';
import { send } from './telemetry.ts';

const script = fileURLToPath(new URL('./alerting-process.ts', import.meta.url));

export type StageProcess = { child: ChildProcess; ended: Promise<string | number | null> };

export type AlertWorld = {
  alerts: Followed<Transition>;
  windows: Followed<WindowUpdate>;
  /** Starts a process of one stage; `failpoint` kills it at that point. */
  spawn(stage: StatefulStageName, failpoint?: string): StageProcess;
  /** Sends the next slice of the load; false when all has been sent. */
  sendNext(): Promise<boolean>;
  close(): Promise<void>;
};

export async function openAlertWorld(load: AlertLoad, partitions: number): Promise<AlertWorld> {
  const env = testEnv({ ...loadEnv, KAFKA_PARTITIONS: String(partitions) });
  const config = loadConfig(env);
  const adapters = openAdapters(config);
  // A fresh topic is not known to every broker thread at once.
  await eventually(() => ensureTopics(adapters.kafka, config));
  await adapters.registry.registerAll();
  await migratePostgres(adapters.postgres, config);
  await createRule(adapters.postgres, loadRule, { by: 'test', reason: 'test' });
  const [alerts, windows] = await Promise.all([followAlerts(adapters), followWindows(adapters)]);
  const running = new Set<ChildProcess>();
  let sent = 0;
  return {
    alerts,
    windows,
    spawn(stage, failpoint = '') {
      const child = spawn(process.execPath, [script, stage], {
        env: { ...process.env, ...env, IMPACT_FAILPOINT: failpoint },
        stdio: 'inherit',
      });
      running.add(child);
      const ended = new Promise<string | number | null>((resolve) =>
        child.once('exit', (code, signal) => {
          running.delete(child);
          resolve(signal ?? code);
        }),
      );
      return { child, ended };
    },
    async sendNext() {
      const slice = load.slices[sent];
      if (!slice) return false;
      sent += 1;
      await send(adapters, slice);
      return true;
    },
    async close() {
      for (const child of running) child.kill('SIGKILL');
      await Promise.all([alerts.stop(), windows.stop()]);
      await adapters.close();
    },
  };
}
