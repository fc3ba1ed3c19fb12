/** Where commands meet `main.ts`. It is loaded when a command needs it, so that help and usage errors come at once. */
import type { StageName } from '../../streams/topology.ts';
import type { Config } from '../config.ts';
import type { Running } from './context.ts';
import { probesOf } from './probes.ts';
import type { System } from './system.ts';

/** Whether the routing file is valid, and which one it is. */
async function routingProbe(config: Config): Promise<string> {
  const { routes } = (await import('../main/notify.ts')).routingOf(config);
  return `${routes.length} routes in ${config.routingFile || 'infra/alerts/routing.yaml'}`;
}

/** The outside systems for one command. */
export async function openSystem(config: Config): Promise<System> {
  const modules = [import('../main/adapters.ts'), import('../main/stages.ts'), import('../main/prepare.ts')] as const;
  const [{ openAdapters }, { failpoint }, { missingMigrations }] = await Promise.all(modules);
  const adapters = openAdapters(config);
  const replayDeps = { ...adapters, log: adapters.logs('replay'), failpoint, now: Date.now };
  return {
    ...adapters,
    probes: { ...probesOf(adapters, missingMigrations), routing: () => routingProbe(config) },
    routing: async () => (await import('../main/notify.ts')).routingOf(config),
    resumeNotify: async (cutAt) => (await import('../main/notify.ts')).resume(adapters, failpoint, cutAt),
    tryReceiver: async (channel, target) => (await import('../main/notify.ts')).tryReceiver(adapters, channel, target),
    async replay(options, onProgress, signal) {
      const { replay } = await import('../../streams/replay.ts');
      return replay({ ...replayDeps, signal }, options, onProgress);
    },
    async cancelReplay() {
      const { cancelReplay } = await import('../../streams/replay.ts');
      return cancelReplay(replayDeps);
    },
  };
}

/** Creates topics, registers schemas, migrates databases; `signal` ends the waiting for components that are not there. */
export async function prepareSystem(config: Config, onStep: (step: string) => void, signal: AbortSignal): Promise<void> {
  const [{ openAdapters }, { prepareOutside }] = await Promise.all([import('../main/adapters.ts'), import('../main/prepare.ts')]);
  const adapters = openAdapters(config);
  await prepareOutside(adapters, onStep, signal).finally(() => adapters.close());
}

const LINGER_MS = 10_000;

/** Everything has been closed, so the process ends by itself. If not, that is a fault to be seen, and not one to hang for. */
function endSoon(): void {
  setTimeout(() => {
    process.stderr.write(`ended although something was left open: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit();
  }, LINGER_MS).unref();
}

/** Starts stages in this process; `signal` ends the waiting for components that are not there. */
export async function startStages(config: Config, names: readonly StageName[], signal: AbortSignal): Promise<Running> {
  const main = await import('../main.ts');
  const running = await main.startStages(config, names, signal);
  return { url: running.apiUrl, stop: () => running.stop().then(endSoon) };
}
