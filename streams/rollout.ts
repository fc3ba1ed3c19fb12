/** The rollout stage: every minute each open rollout is looked at, and goes on, asks, pauses or goes back as its plan says. */
import type { Config } from '../src/config.ts';
import { SETTLED_MS, utcDay } from '../src/domain/experiment/parts.ts';
import type { Flag } from '../src/domain/flags/flag.ts';
import { isGuarded } from '../src/domain/guard/plan.ts';
import type { RolloutStore } from '../src/query/rollouts/store.ts';
import { repeat } from '../src/runtime/repeat.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import { inSpan, noTracer, type Tracer } from '../src/runtime/tracer.ts';
import type { Leadership } from './signals-leader.ts';

export type RolloutDeps = StageDeps & {
  config: Pick<Config, 'rolloutIntervalMs'>;
  rollouts: Pick<RolloutStore, 'evaluate'>;
  /** Of several processes one looks. Two that believe themselves to be the one do no harm: each step is made once. */
  leadership: Leadership;
  /** Makes experiments ready before anybody asks, of these flags; may take minutes. */
  ahead: { flags(): Promise<readonly Flag[]>; keep(flags: readonly Flag[], now: number, goesOn: () => boolean): Promise<number> };
  tracer?: Tracer;
};

/** What could not be looked at is looked at again this soon. */
const POLL_MS = 1_000;

/** Says which component failed: its own words rarely do. */
const from = <T>(component: string, work: Promise<T>): Promise<T> =>
  work.catch((cause: Error) => {
    throw new Error(`${component}: ${cause.message}`, { cause });
  });

/** Days are kept from an hour after their end on, and not all at one moment. */
const AHEAD_AFTER_MS = SETTLED_MS + 300_000;

type AheadDeps = Pick<RolloutDeps, 'log' | 'metrics' | 'now' | 'ahead'>;

/** Beside the looks, never before them: once after each UTC day, and when another rollout is under way. What fails is tried again with the next look. */
function createAhead({ log, metrics, now, ahead }: AheadDeps): { start(): void; ended(): Promise<void> } {
  let done = '';
  let goesOn = true;
  let running: Promise<void> | null = null;

  async function keep(): Promise<void> {
    const flags = (await ahead.flags()).filter(isGuarded);
    const due = [utcDay(now() - AHEAD_AFTER_MS), ...flags.map(({ id }) => id).sort()].join();
    if (due === done) return;
    metrics.set('impact_rollout_experiments_ready', await ahead.keep(flags, now(), () => goesOn));
    done = due;
  }

  return {
    start() {
      running ??= keep()
        .catch((error: Error) => log.warn({ error: error.message }, 'experiments cannot be made ready now'))
        .finally(() => {
          running = null;
        });
    },
    async ended() {
      goesOn = false;
      await running;
    },
  };
}

/** Starts the stage; the first look is at once. */
export async function startRollout(deps: RolloutDeps): Promise<RunningStage> {
  const { config, log, metrics, now, rollouts, leadership, tracer = noTracer } = deps;
  const ahead = createAhead(deps);
  let trouble: string | null = null;
  let dueAt = 0;

  async function look(): Promise<void> {
    if (trouble === null && now() < dueAt) return;
    dueAt = now() + config.rolloutIntervalMs;
    try {
      if (await from('postgres', leadership.isLeader())) {
        const attributes = { 'impact.stage': 'rollout' };
        const { looked, moved } = await inSpan(tracer, 'evaluate rollouts', { kind: 'internal', attributes }, () => rollouts.evaluate());
        metrics.set('impact_rollout_open', looked);
        metrics.count('impact_rollout_moves_total', {}, moved);
        ahead.start();
      }
      trouble = null;
    } catch (error) {
      trouble = (error as Error).message;
      metrics.count('impact_rollout_failures_total');
      throw error;
    }
  }

  const end = repeat('looking at the rollouts', look, Math.min(config.rolloutIntervalMs, POLL_MS), log);
  return {
    name: 'rollout',
    health: () => ({ ready: trouble === null, reasons: trouble === null ? [] : [trouble] }),
    async stop() {
      await end();
      await ahead.ended();
      await leadership.resign();
    },
  };
}
