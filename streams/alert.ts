/** The alert stage: windows in, transitions of alerts out, exactly once. */
import type { Config } from '../src/config.ts';
import { topics } from '../src/domain/topics.ts';
import type { Database } from '../src/query/rules.ts';
import type { Registry } from '../src/runtime/codec.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import type { OpenStateful } from '../src/runtime/stateful.ts';
import { startStatefulStage } from '../src/runtime/stateful-stage.ts';
import { noTracer, type Tracer } from '../src/runtime/tracer.ts';
import { type AlertProcessorDeps, createAlertProcessor } from './alert/processor.ts';
import { openRuleBook, type RuleBook } from './alert/rules.ts';

export type AlertDeps = StageDeps & {
  config: Config;
  failpoint: Failpoint;
  registry: Pick<Registry, 'decoder' | 'encoder'>;
  postgres: Database;
  stateful: OpenStateful;
  tracer?: Tracer;
};

const TICK_MS = 500;

/** Starts the stage. @throws what Postgres, Kafka or the registry throw when they are not there */
export async function startAlert(deps: AlertDeps): Promise<RunningStage> {
  const rules = await openRuleBook(deps.postgres, deps.log);
  try {
    const stage = await startWithRules(deps, rules);
    return { ...stage, stop: () => stage.stop().finally(rules.stop) };
  } catch (error) {
    rules.stop();
    throw error;
  }
}

async function startWithRules(
  { config, registry, log, metrics, failpoint, now, tracer = noTracer, ...deps }: AlertDeps,
  rules: RuleBook,
): Promise<RunningStage> {
  const stateful = deps.stateful({ stage: 'alert', topics: [topics.windows], changelog: topics.alertChangelog, committedOnly: true });
  const processorDeps: AlertProcessorDeps = {
    settings: { graceMs: config.windowGraceMs, repeatMs: config.alertRepeatMs },
    decoder: registry.decoder('window'),
    encode: await registry.encoder('alert'),
    rules,
    metrics,
  };
  const restore = (partition: number, entries: ReadonlyMap<string, string>) => createAlertProcessor(partition, entries, processorDeps);
  return startStatefulStage({ stage: 'alert', stateful, restore, tickMs: TICK_MS, log, metrics, failpoint, now, tracer });
}
