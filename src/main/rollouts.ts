/** Rollouts joined to what they are made of: flags, experiments, Postgres and the topic of flag changes. */
import { createStepTopic } from '../adapters/flag-topic.ts';
import type { Config } from '../config.ts';
import type { TargetSettings } from '../domain/target-metrics.ts';
import type { SharedResults } from '../query/experiment/cache.ts';
import type { RolloutDeps } from '../query/rollouts/attend.ts';
import type { EvidenceDeps } from '../query/rollouts/evidence.ts';
import { createRolloutStore, type RolloutStore } from '../query/rollouts/store.ts';
import type { Rows } from '../query/statement.ts';
import { roiTargetAt } from '../query/targets.ts';
import { createFailpoint } from '../runtime/failpoint.ts';
import type { Log } from '../runtime/log.ts';

type Sending = Parameters<typeof createStepTopic>;
type Parts = Pick<RolloutDeps, 'postgres' | 'flags'> & {
  config: Pick<Config, 'namespace'> & TargetSettings & EvidenceDeps['config'];
  log: Log;
  clickhouse: Rows;
  results: SharedResults;
  registry: Sending[0];
  producer: Sending[1];
};

/** The process's own failpoint; see `runtime/failpoint.ts`. */
const passed = createFailpoint(process.env['IMPACT_FAILPOINT'] ?? '', () => process.kill(process.pid, 'SIGKILL'));

/** Gathers evidence. What experiments are computed with is loaded at the first call: most processes judge no rollout. */
function evidenceOf(parts: Omit<EvidenceDeps, 'results'>, shared: SharedResults): RolloutDeps['evidence'] {
  const load = async () => {
    const [{ createExperimentResults }, { gatherEvidence }] = await Promise.all([
      import('../query/experiment/cache.ts'),
      import('../query/rollouts/evidence.ts'),
    ]);
    const deps = { ...parts, results: createExperimentResults(Date.now, shared) };
    return (...[watched, now]: Parameters<RolloutDeps['evidence']>) => gatherEvidence(deps, watched, now);
  };
  let loaded: ReturnType<typeof load> | null = null;
  return async (watched, now) => {
    loaded ??= load();
    return (await loaded)(watched, now);
  };
}

/** Nothing is connected before it is used. */
export function openRollouts({ config, log, clickhouse, postgres, flags, results, registry, producer }: Parts): RolloutStore {
  return createRolloutStore({
    postgres,
    flags,
    evidence: evidenceOf({ clickhouse, postgres, config }, results),
    roiTargetPercent: (featureId, at) => roiTargetAt(postgres, config, featureId, at),
    tell: createStepTopic(registry, producer, config.namespace),
    onDelay: (what, error) => log.warn({ error: String(error) }, `${what}: not possible now, it is done later`),
    passed,
    now: Date.now,
  });
}
