/** The rollout stage: every minute each open rollout is looked at, and goes on, asks, pauses or goes back as its plan says. */
import type { Config } from '../src/config.ts';
import type { RolloutStore } from '../src/query/rollout-store.ts';
import type { Log } from '../src/runtime/log.ts';
import type { Metrics } from '../src/runtime/metrics.ts';
import { repeat } from '../src/runtime/repeat.ts';
import type { RunningStage } from '../src/runtime/stage.ts';
import { inSpan, noTracer, type Tracer } from '../src/runtime/tracer.ts';
import type { Leadership } from './signals-leader.ts';

export type RolloutDeps = {
  config: Pick<Config, 'rolloutIntervalMs'>;
  log: Log;
  metrics: Metrics;
  rollouts: Pick<RolloutStore, 'evaluate'>;
  /** Of several processes one looks. Two that believe themselves to be the one do no harm: each step is made once. */
  leadership: Leadership;
  tracer?: Tracer;
};

/** Starts the stage; the first look is at once. */
export async function startRollout(deps: RolloutDeps): Promise<RunningStage> {
  const { config, log, metrics, rollouts, leadership, tracer = noTracer } = deps;
  let trouble: string | null = null;

  async function look(): Promise<void> {
    try {
      if (await leadership.isLeader()) {
        const attributes = { 'impact.stage': 'rollout' };
        const { looked, moved } = await inSpan(tracer, 'evaluate rollouts', { kind: 'internal', attributes }, () => rollouts.evaluate());
        metrics.set('impact_rollout_open', looked);
        metrics.count('impact_rollout_moves_total', {}, moved);
      }
      trouble = null;
    } catch (error) {
      trouble = (error as Error).message;
      metrics.count('impact_rollout_failures_total');
      throw error;
    }
  }

  const end = repeat('looking at the rollouts', look, config.rolloutIntervalMs, log);
  return {
    name: 'rollout',
    health: () => ({ ready: trouble === null, reasons: trouble === null ? [] : [trouble] }),
    async stop() {
      await end();
      await leadership.resign();
    },
  };
}
