/** One installation with the guard stage in processes of its own, which a test may kill, and services that send it outcomes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { migratePostgres } from '../../src/adapters/postgres.ts';
import { loadConfig } from '../../src/config.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { definitionOf as definitionIn, type Flag } from '../../src/domain/flags/flag.ts';
import { databaseName } from '../../src/domain/names.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import type { StageProcess } from './alert-world.ts';
import { startStatefulStages } from './alerting-stages.ts';
import { followAlerts, followRollbacks } from './committed.ts';
import { testEnv } from './config.ts';
import { eventually } from './eventually.ts';
import { definitionOf, type Effects, outcomesOf } from './guard-load.ts';
import { send } from './telemetry.ts';

const script = fileURLToPath(new URL('./alerting-process.ts', import.meta.url));
const by = { by: 'a test', reason: 'to see' };

export type GuardWorld = Awaited<ReturnType<typeof openGuardWorld>>;

export async function openGuardWorld(changes: Record<string, string> = {}) {
  const env = testEnv({ KAFKA_SESSION_TIMEOUT_MS: '1500', ...changes });
  const config = loadConfig(env);
  const adapters = openAdapters(config);
  // A fresh topic is not known to every broker thread at once.
  await eventually(() => ensureTopics(adapters.kafka, config));
  await adapters.registry.registerAll();
  await migratePostgres(adapters.postgres, config);
  // As `impact run guard` does: a Redis without any flags is filled.
  await adapters.flags.keep();
  const [rollbacks, alerts] = await Promise.all([followRollbacks(adapters), followAlerts(adapters)]);
  const running = new Set<ChildProcess>();
  // Also when a test is given up in the middle: no process may outlive its test.
  onTestFinished(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  let batch = 0;
  return {
    adapters,
    flags: adapters.flags,
    rollbacks,
    alerts,
    createFlag: (changes: Record<string, unknown>): Promise<Flag> => adapters.flags.create(definitionOf(changes), by),
    changeStage: (id: string, stage: Flag['stage']): Promise<Flag> =>
      adapters.flags.update(id, (flag) => ({ ...definitionIn(flag), stage }), null, by),
    /** The stage in this process. */
    startGuard: () => startStatefulStages(adapters, ['guard']),
    /** That many users of each flag make their requests now. */
    async serve(flags: readonly Flag[], users: number, effects: (flag: Flag) => Effects): Promise<void> {
      const salt = `s${batch++}`;
      const events: FeatureEvent[] = flags.flatMap((flag) => outcomesOf(flag, users, Date.now(), effects(flag), salt));
      await send(
        adapters,
        events.map((event) => ({ event })),
      );
    },
    /** Starts a process of the stage; `failpoint` kills it at that point. */
    spawn(failpoint = ''): StageProcess {
      const child = spawn(process.execPath, [script, 'guard'], {
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
    async close(): Promise<void> {
      for (const child of running) child.kill('SIGKILL');
      await Promise.all([rollbacks.stop(), alerts.stop()]);
      await adapters.postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
      await adapters.close();
    },
  };
}
