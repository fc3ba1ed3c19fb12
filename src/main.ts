/** The one file that joins everything: starts the stages of this process, and stops them. */
import type { StageName } from '../streams/topology.ts';
import { createFlagReport } from './adapters/flag-metrics.ts';
import { createLogs } from './adapters/log.ts';
import { openTracing } from './adapters/tracing.ts';
import { startObserver } from './api/observer.ts';
import type { Config } from './config.ts';
import { openAdapters } from './main/adapters.ts';
import { suitMemory } from './main/memory.ts';
import { waitedFor } from './main/prepare.ts';
import { common, starts } from './main/stages.ts';
import { repeat } from './runtime/repeat.ts';
import type { RunningStage } from './runtime/stage.ts';

/** How often Redis and Postgres are held against each other, and what waits is recorded and told; by the processes that change flags. */
const KEEP_FLAGS_MS = 5_000;
const keepers: readonly StageName[] = ['api', 'guard', 'rollout'];

export type System = {
  /** Where the API answers; null when this process runs without it. */
  apiUrl: string | null;
  stages: () => { name: string; health: ReturnType<RunningStage['health']> }[];
  /** Stops the stages, the last ones of the road first, then closes the adapters. */
  stop(): Promise<void>;
};

/** Starts stages in this process, waiting for components that are not there yet; with the API or, without it, with health and metrics on METRICS_PORT. */
export async function startStages(config: Config, names: readonly StageName[], signal?: AbortSignal): Promise<System> {
  suitMemory(names);
  const logs = createLogs(config);
  const tracing = await openTracing(config, logs('tracing'));
  const adapters = openAdapters(config, logs, tracing.tracer);
  const running: RunningStage[] = [];
  const closers: (() => Promise<void>)[] = [];
  const stages = () => running.map((stage) => ({ name: stage.name, health: stage.health() }));
  const deps = { ...adapters, ...common(adapters, 'api'), stages, metricsText: () => adapters.metrics.render() };
  const stop = async (): Promise<void> => {
    for (const stage of [...running].reverse()) {
      logs('main').info({ stage: stage.name }, 'stopping a stage');
      await stage.stop();
    }
    await Promise.all(closers.map((close) => close()));
    logs('main').info({}, 'all stages have stopped');
    await Promise.all([adapters.close(), tracing.stop()]);
  };
  try {
    for (const name of names) {
      const start = starts[name];
      if (start) running.push(await waitedFor(name, () => start(adapters), logs(name), signal));
    }
    if (names.some((name) => keepers.includes(name)))
      closers.push(repeat('keeping the flags', adapters.flags.keep, KEEP_FLAGS_MS, logs('flags')));
    if (!names.includes('api')) {
      const observer = await startObserver(deps);
      return { apiUrl: null, stages, stop: () => observer.stop().then(stop) };
    }
    // Loaded here, since a process without the API is smaller by it.
    const [{ startApi }, { keepSendingCosts }, { operationsOf }] = await Promise.all([
      import('./api/listen.ts'),
      import('./main/costs.ts'),
      import('./main/operations.ts'),
    ]);
    closers.push(keepSendingCosts(adapters));
    const flagReader = adapters.openFlags();
    const reportFlags = createFlagReport(flagReader, adapters.metrics, Date.now);
    closers.push(flagReader.close);
    const metricsText = () => {
      reportFlags();
      return adapters.metrics.render();
    };
    const api = await startApi({ ...deps, ...operationsOf(adapters), flagReader, metricsText });
    running.push(api);
    return { apiUrl: api.url, stages, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
