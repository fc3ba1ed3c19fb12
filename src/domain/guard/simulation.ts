/** Made-up rollouts through the guard's own decisions: when would it have rolled back? Seeded, so that the same question has the same answer. */
import type { Flag } from '../flags/flag.ts';
import { parseDefinition } from '../flags/parse.ts';
import { logNormal, type Random, randomFor } from '../generate/random.ts';
import { bucketOfUnit } from '../stats/buckets.ts';
import type { ArmName } from '../stats/safe-test.ts';
import { ERRORS, guardPlanOf, LATENCY } from './plan.ts';
import type { Rollback } from './rollback.ts';
import { decideRun, newRun, takeSums } from './run.ts';
import type { Scenario, ScenarioArm } from './scenario.ts';
import type { GuardCell } from './sums.ts';

/** `afterSeconds`: of the rollout, until the decision; null: it went on to the end. */
export type SimulatedRun = { seed: number; afterSeconds: number | null; rollback: Rollback | null };
export type Simulation = { rolledBack: number; medianSeconds: number | null; runs: SimulatedRun[] };

const METRIC = 'goal_metric';

/** Standard deviation of the logarithm: of users about a mean, and of one user's values. */
const LATENCY_SPREAD = 0.4;
const METRIC_SPREAD = 0.8;

function flagOf({ errorRateThresholdPercent, latencyThresholdMs, metricDropThresholdPercent }: Scenario): Flag {
  const limits = { errorRateThresholdPercent, latencyThresholdMs, metricDropThresholdPercent };
  const parsed = parseDefinition({ id: 'simulated', stage: 'beta_50', metadata: { guardMetrics: `${METRIC}:higher` }, ...limits });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.definition, version: 1, archived: false, createdAt: 0, updatedAt: 0 };
}

/** A log-normal value whose mean, not its median, is `mean`. */
const around = (random: Random, mean: number, spread: number): number => logNormal(random, mean * Math.exp(-(spread ** 2) / 2), spread);

type World = { scenario: Scenario; random: Random; buckets: number; served: number; cells: Map<string, GuardCell> };

function add({ cells }: World, guardrail: string, arm: ArmName, bucket: number, value: number): void {
  const key = `${guardrail}|${arm}|${bucket}`;
  const cell = cells.get(key) ?? { guardrail, arm, bucket, n: 0, sum: 0 };
  cells.set(key, { ...cell, n: cell.n + 1, sum: cell.sum + value });
}

function serve(world: World, arm: ArmName, { errorRatePercent, latencyMs, metric }: ScenarioArm): void {
  const { random, scenario, served, buckets } = world;
  const bucket = bucketOfUnit(`${arm} ${Math.floor(served / scenario.requestsPerUser)}`, buckets);
  add(world, ERRORS, arm, 0, random.unit() < errorRatePercent / 100 ? 1 : 0);
  add(world, LATENCY, arm, bucket, around(random, latencyMs, LATENCY_SPREAD));
  add(world, METRIC, arm, bucket, around(random, metric, METRIC_SPREAD));
}

/** The requests of both arms up to this second, as one batch. */
function serveUntil(world: World, seconds: number): void {
  const due = Math.floor((world.scenario.requestsPerMinute * seconds) / 60);
  for (; world.served < due; world.served += 1) {
    serve(world, 'control', world.scenario.control);
    serve(world, 'treatment', world.scenario.treatment);
  }
}

/** One rollout, looked at every second. */
function simulateRun(scenario: Scenario, seed: number): SimulatedRun {
  const flag = flagOf(scenario);
  const plan = guardPlanOf(flag);
  const world: World = { scenario, random: randomFor(seed, 'guard', 0), buckets: plan.buckets, served: 0, cells: new Map() };
  let run = newRun(flag);
  for (let second = 1; second <= scenario.minutes * 60; second += 1) {
    serveUntil(world, second);
    if (world.cells.size === 0) continue;
    const sums = {
      flagId: flag.id,
      flagVersion: 1,
      stage: flag.stage,
      exposures: { control: 0, treatment: 0 },
      cells: [...world.cells.values()],
    };
    world.cells = new Map();
    run = decideRun(takeSums(run, plan, sums), flag, plan, second * 1000);
    if (run.rollback !== null) return { seed, afterSeconds: second, rollback: run.rollback.record };
  }
  return { seed, afterSeconds: null, rollback: null };
}

/** The median over all runs; null where half of them or more went on to the end. */
function medianOf(runs: readonly SimulatedRun[]): number | null {
  const seconds = runs.map(({ afterSeconds }) => afterSeconds ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const middle = seconds[Math.floor((seconds.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}

/** As many rollouts as the scenario asks for, with seeds that follow each other. */
export function simulate(scenario: Scenario): Simulation {
  const runs = Array.from({ length: scenario.runs }, (_, i) => simulateRun(scenario, scenario.seed + i));
  return { rolledBack: runs.filter(({ rollback }) => rollback !== null).length, medianSeconds: medianOf(runs), runs };
}
